"""The yardstick: what a page costs at least with these libraries.

A bare Flask application: one indexed query by psycopg over a table of 100,000 rows, one Jinja template with a loop,
a page of as many bytes as the one it is held against. No session, no translation, no permission, no layout.
Settings by environment: `YARDSTICK_DATABASE` (a libpq connection string), `YARDSTICK_BYTES` (size of the page).
"""

from __future__ import annotations

import os
import threading
from urllib.parse import unquote

import psycopg
from a2wsgi import WSGIMiddleware
from flask import Flask, render_template

ROWS = 20
QUERY = "SELECT id, title, place, starts_at FROM yardstick WHERE starts_at > %s ORDER BY starts_at, id LIMIT 20"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Yardstick</title></head><body><h1>Runs</h1>
{% for row in rows %}<article id="r{{ row[0] }}"><h2>{{ row[1] }}</h2><p>{{ row[2] }}</p><time>{{ row[3] }}</time>
<p>{{ filler }}</p></article>{% endfor %}</body></html>"""

app = Flask(__name__)
template = app.jinja_env.from_string(PAGE)  # compiled once, as a template in a file would be
local = threading.local()
filler = "x" * max(0, (int(os.environ.get("YARDSTICK_BYTES", "20000")) - 3000) // ROWS)


def connection() -> psycopg.Connection:
    """One connection a thread, kept."""
    if getattr(local, "connection", None) is None:
        local.connection = psycopg.connect(unquote(os.environ["YARDSTICK_DATABASE"]), autocommit=True)
    return local.connection


@app.get("/")
def page() -> str:
    """Twenty rows in a page."""
    rows = connection().execute(QUERY, ("2026-01-02",)).fetchall()
    return render_template(template, rows=rows, filler=filler)


asgi = WSGIMiddleware(app, workers=8)


def fill(dsn: str) -> None:
    """Make the table of 100,000 rows, once."""
    with psycopg.connect(dsn, autocommit=True) as made:
        made.execute(
            "CREATE TABLE IF NOT EXISTS yardstick (id bigint PRIMARY KEY, title text, place text, starts_at timestamptz)"
        )
        if made.execute("SELECT count(*) FROM yardstick").fetchone() == (0,):
            made.execute(
                "INSERT INTO yardstick SELECT n, 'Run ' || n, 'Park ' || n % 100,"
                " timestamptz '2026-01-01' + n * interval '5 minutes' FROM generate_series(1, 100000) n"
            )
            made.execute("CREATE INDEX ON yardstick (starts_at, id)")
            made.execute("ANALYZE yardstick")
