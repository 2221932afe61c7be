"""Copies published editions to other places: a folder, or a bucket of an object store.

`warehouse.storage.targets` reads and writes there; `distribute` copies an edition. Nothing here changes an edition.
"""
