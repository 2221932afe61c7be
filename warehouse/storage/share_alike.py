"""Whether editions contain data under share-alike licences, by the setting `CPOWER_SHARE_ALIKE`.

An adaptation of such data may only be shared under the same licence. An edition without them is under licences that
only ask for attribution.
"""

import os

from warehouse.errors import InvalidSetting

VARIABLE = "CPOWER_SHARE_ALIKE"
CHOICES = ("include", "exclude")


def is_left_out() -> bool:
    """Return whether builds leave out files under share-alike licences: `CPOWER_SHARE_ALIKE` is `exclude`.

    The default is `include`. Raises `InvalidSetting` for any other value.
    """
    said = os.environ.get(VARIABLE, "").strip() or CHOICES[0]
    if said not in CHOICES:
        raise InvalidSetting(f"{VARIABLE} must be {' or '.join(CHOICES)}; got {said!r}.")
    return said == "exclude"
