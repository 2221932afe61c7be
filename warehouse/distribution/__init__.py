"""Copies published editions to other places: a folder, or a bucket of an object store.

`targets` reads and writes at such a place, and `distribute` copies an edition there. Nothing here changes an edition.
"""
