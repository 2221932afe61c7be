"""Versions of the data: what each edition changes, which number it gets for that, and whether it may be published.

A version is major.minor.patch, after the way that Data Packages are versioned
(https://datapackage.org/recipes/data-package-version/): what a reader relied on is gone, of another form or worked out
by another method (major); there is more of it (minor); or what there was is put right (patch). It is worked out by
holding an edition against the one before. An edition of an earlier day is in no such sequence.
"""
