"""Versions of the data: comparison of editions, version numbers, and the release gate.

A version is major.minor.patch, as for Data Packages (https://datapackage.org/recipes/data-package-version/). Major:
something was removed, has another form or is computed by another method. Minor: something was added. Patch: something
was corrected. The version is computed by comparing an edition with the previous edition. Editions with an as-of date
are not in this sequence.
"""
