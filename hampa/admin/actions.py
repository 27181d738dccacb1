"""What only the operator may do."""

from __future__ import annotations

from sqlalchemy import text

from hampa.platform.db import db


def empty_database() -> None:
    """Drop every table with all that is in them; the migrations can then begin anew."""
    db.session.execute(text("DROP SCHEMA public CASCADE"))
    db.session.execute(text("CREATE SCHEMA public"))
