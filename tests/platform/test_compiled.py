"""What one engine of a test process has compiled, another one takes."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import column, create_engine, select, table
from sqlalchemy.engine.interfaces import CacheStats

from hampa.platform.db import db
from tests.compiled import keep_compiled


def test_engines_of_one_kind_compile_a_statement_once(app: Flask) -> None:
    with app.app_context():
        url = db.engine.url
    statement = select(column("name")).select_from(table("people")).where(column("name") == "nobody")
    hits = []
    for kind in ("one", "one", "other"):
        engine = create_engine(url)
        keep_compiled(engine, kind)
        with engine.connect() as connection:
            hits.append(connection.execute(statement).context.cache_hit)
        engine.dispose()
    assert hits == [CacheStats.CACHE_MISS, CacheStats.CACHE_HIT, CacheStats.CACHE_MISS]
