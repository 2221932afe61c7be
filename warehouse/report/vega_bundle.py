"""The chart runtime in one file: Vega-Embed with Vega-Lite and Vega, from vl-convert.

The bundle is a module, whose names would become global in a page opened from disk, so it is wrapped in a function that
exports one name, `vegaEmbed`. It needs neither network nor `eval`: the pages use the expression interpreter (`ast:
true`), so that their content security policy can forbid both.
"""

import re

from warehouse.errors import ProjectFault

FILE = "vega.js"
# Allowed addresses: XML and schema names, and pages named by an unused menu or an error message.
KNOWN_ADDRESSES = ("http://www.w3.org/", "https://vega.github.io/", "https://github.com/vega/")
ADDRESS = re.compile(r"https?://[^\s\"'`<>)\\]+")
NOTICE = """/*!
Vega {vega}, Vega-Lite {vega_lite}, Vega-Embed {vega_embed}
Copyright (c) University of Washington Interactive Data Lab. BSD 3-Clause licence:

Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
following conditions are met:
1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following
   disclaimer.
2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
   disclaimer in the documentation and/or other materials provided with the distribution.
3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote
   products derived from this software without specific prior written permission.
THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY,
WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF
THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

Includes modules of D3. Copyright Mike Bostock. ISC licence:

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.
THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.
*/
"""


def script() -> str:
    """Return the runtime as a classic script that defines only `vegaEmbed`.

    Raises `ProjectFault` if the bundle contains an address that is not in the list of allowed addresses.
    """
    import vl_convert

    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    if strange := sorted({found for found in ADDRESS.findall(bundle) if not found.startswith(KNOWN_ADDRESSES)}):
        raise ProjectFault(f"The chart runtime contains unknown addresses: {', '.join(strange)}. See {__name__}.")
    notice = NOTICE.format(
        vega=vl_convert.get_vega_version(),
        vega_lite=vl_convert.get_vegalite_versions()[-1],
        vega_embed=vl_convert.get_vega_embed_version(),
    )
    return f"{notice}(() => {{\n{bundle}\n}})();\n"
