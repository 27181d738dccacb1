"""Each way into an account, and out of it, ends when its owner takes it back from somebody else."""

from __future__ import annotations

import pytest
from flask import Flask

from hampa.auth.actions.theft import tables_of_ways
from hampa.platform.db import db

SECRETS = {"token_hash", "hash", "secret", "public_key", "subject", "endpoint", "challenge", "state_hash"}
"""The names of columns that hold what opens an account, or where something of it is sent."""
LEFT_OUT = {"outbox_messages": "they go to the person's number and address, and follow these"}


def ways() -> set[str]:
    """Return the tables with such a column whose rows are a person's."""
    return {
        table.name
        for table in db.metadata.tables.values()
        if SECRETS & set(table.columns.keys())
        and any(key.column.table.name == "people" for column in table.columns for key in column.foreign_keys)
    }


def test_each_way_is_named_by_its_feature(app: Flask) -> None:
    missing = ways() - tables_of_ways() - set(LEFT_OUT)
    assert not missing, f"register with `ends_on_theft` what ends the rows of {sorted(missing)}"


@pytest.mark.parametrize("table", ["passwords", "passkeys", "webhooks", "push_subscriptions", "personal_tokens"])
def test_the_law_sees_the_ways_there_are(app: Flask, table: str) -> None:
    assert table in ways(), sorted(ways())
