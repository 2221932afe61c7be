"""What parsing must yield: one dataframely schema for each staging table.

Importing dataframely takes long, so parsers import their contract when they run, not before. Half of it is for
SQLAlchemy, from whose types it can make those of columns, which is not asked for here: it is imported without.
"""

import sys

if "sqlalchemy" not in sys.modules:
    sys.modules["sqlalchemy"] = None  # type: ignore[assignment]
    import dataframely  # noqa: F401

    del sys.modules["sqlalchemy"]
