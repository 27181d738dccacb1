"""What SQLAlchemy compiles for one engine of a process serves its other engines.

Compiled statements are kept by the dialect, of which each engine has one of its own, and 500 of them: a test with a
database of its own compiled every statement anew, and so did each sweep, since all routes together ask more than that.
"""

from __future__ import annotations

from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache

MOST = 4_000
"""Statements that a process keeps: about as many as all tests ask."""
_compiled: LRUCache[object, object] = LRUCache(MOST)
_dialects: dict[str, Dialect] = {}


def keep_compiled(engine: Engine, kind: str) -> None:
    """Let this engine take what other engines of its kind have compiled; those of a kind treat statements alike.

    Listeners that watch how it connects are to be there already: they belong to the dialect that it was made with.
    """
    engine.update_execution_options(compiled_cache=_compiled)
    if kind not in _dialects:
        engine.connect().close()  # which tells the dialect what server it speaks to
        _dialects[kind] = engine.dialect
    engine.dialect = _dialects[kind]
