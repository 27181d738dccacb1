"""Alembic's environment: migrations run one at a time on any number of machines and never wait long for a lock."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text

ADVISORY_LOCK = 7_240_112
"""The second process that migrates waits for this lock, and then finds nothing left to do."""
LOCK_TIMEOUT = "2s"
STATEMENT_TIMEOUT = "15min"
RETIRED_TABLES = {"number_lookups"}
"""Tables without a model that the last release still writes to while it is replaced; the next release drops them."""

database = current_app.extensions["migrate"].db


def include_object(_object: object, name: str | None, kind: str, reflected: bool, _compared_to: object) -> bool:
    """Return whether to compare an object with the models; retired tables and those of extensions have none."""
    unmodelled = name is not None and (name in RETIRED_TABLES or name.startswith("pg_"))
    return not (kind == "table" and reflected and unmodelled)


def run_migrations() -> None:
    """Run the missing migrations over one connection of the app's pool."""
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
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
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
            connection.commit()
            # A connection with the timeouts of migrations must not go back to the pool.
            connection.detach()


run_migrations()
