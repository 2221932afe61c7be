"""Python source as a tree."""

import ast
import gc
from pathlib import Path


def tree_of(path: Path) -> ast.Module:
    """Return the tree of a module.

    No garbage is collected meanwhile: CPython 3.11 keeps the depth of its recursion where a finaliser, or a thread that
    runs because of it, may change it by parsing too, and then raises a `SystemError`.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        if was_enabled:
            gc.enable()
