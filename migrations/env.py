"""How migrations run: one at a time on any number of machines, and never waiting long for a lock."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text

ONE_AT_A_TIME = 7_240_112
"""Key of the advisory lock: whoever migrates second waits, and then finds nothing left to do."""

LOCK_TIMEOUT = "2s"
STATEMENT_TIMEOUT = "15min"

database = current_app.extensions["migrate"].db


RETIRED = {"number_lookups"}
"""Tables that the release before still writes to while it is replaced; the next release drops them."""


def include_object(thing: object, name: str | None, kind: str, reflected: bool, _: object) -> bool:
    """Leave out what no model describes on purpose: retired tables, and those of other programs."""
    return not (kind == "table" and reflected and name is not None and (name in RETIRED or name.startswith("pg_")))


def run_online() -> None:
    """Run what is missing over one connection of the app's own pool."""
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        try:
            context.configure(
                connection=connection,
                target_metadata=database.metadata,
                compare_type=True,
                compare_server_default=True,
                include_object=include_object,
                transaction_per_migration=True,
            )
            with context.begin_transaction():
                context.run_migrations()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ONE_AT_A_TIME})
            connection.commit()
            # The session's time-outs were for migrating only; the pool gets no such connection back.
            connection.detach()


run_online()
