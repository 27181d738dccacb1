"""The small world, as a database of its own remembers it."""

from __future__ import annotations

import uuid
from dataclasses import fields
from typing import Any

from hampa.platform.db import Record, db
from tests import personas

Known = dict[str, tuple[type[Record], uuid.UUID] | object]
"""A setting as it is remembered from one session of the database to the next."""


def known(setting: personas.Setting) -> Known:
    """Return the ids by which `recalled` loads the setting."""
    values = {field.name: getattr(setting, field.name) for field in fields(setting)}
    return {name: (type(value), value.id) if isinstance(value, Record) else value for name, value in values.items()}


def recalled(found: Known) -> personas.Setting:
    """Return the setting, loaded by the current session."""
    values: dict[str, Any] = {}
    for name, value in found.items():
        values[name] = db.session.get_one(*value) if isinstance(value, tuple) else value
    return personas.Setting(**values)


def make_known() -> Known:
    """Make the small world, and return what it is found by."""
    return known(personas.make_setting())
