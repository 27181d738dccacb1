"""Versions that change whenever rows of a table are written, wherever that is done.

A feature names the version of a row (`changes_with`), and no action can forget to bump it: a flush bumps the versions of
the rows that it writes. A statement that writes many rows does not say which: it bumps the version `for_all`, or those
that it names itself (`bumping`).
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session

from hampa.platform import versions
from hampa.platform.db import db


@dataclass(frozen=True, slots=True)
class _Rule:
    versions_of: Callable[[Any], Iterable[str]]
    for_all: str | None
    columns: Collection[str]


_rules: dict[str, list[_Rule]] = {}
_BUMPS = "hampa_bumps"


def changes_with(
    model: type[Any], version_of: Callable[[Any], str], *, for_all: str | None, columns: Collection[str] = ()
) -> None:
    """Bump the version that `version_of` names for a row of the model when it is added, changed or deleted.

    With `columns`, only changes of these in rows that go on existing count. Statements that write rows of the table bump `for_all`; with None, they
    bump nothing and their callers must.
    """
    change_with(model, lambda row: (version_of(row),), for_all=for_all, columns=columns)


def change_with(
    model: type[Any], versions_of: Callable[[Any], Iterable[str]], *, for_all: str | None, columns: Collection[str] = ()
) -> None:
    """Bump the versions that `versions_of` names for a row, as `changes_with` does; a table may have several rules."""
    _rules.setdefault(model.__tablename__, []).append(_Rule(versions_of, for_all, columns))


def bumping(names: Iterable[str]) -> dict[str, Any]:
    """Return the execution options of a statement that bumps only these versions, none if nothing that is kept changes."""
    return {_BUMPS: tuple(names)}


def init_app(app: Flask) -> None:
    """Listen to the session, which all apps of a process share."""
    if not event.contains(db.session, "before_flush", _before_flush):
        event.listen(db.session, "before_flush", _before_flush)
        event.listen(db.session, "do_orm_execute", _on_statement)


def _before_flush(session: Session, _context: Any, _rows: Any) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        for rule in _rules.get(row.__tablename__, ()):
            if _counts(session, row, rule):
                for name in rule.versions_of(row):
                    versions.bump(name)


def _counts(session: Session, row: Any, rule: _Rule) -> bool:
    if row in session.deleted:
        return True
    if not rule.columns:
        return row in session.new or session.is_modified(row)
    attributes = inspect(row).attrs
    return any(attributes[column].history.has_changes() for column in rule.columns)


def _on_statement(state: ORMExecuteState) -> None:
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    rules = _rules.get(getattr(getattr(state.statement, "table", None), "name", ""))
    if rules is None or not (for_all := {rule.for_all for rule in rules if rule.for_all is not None}):
        return
    for name in state.execution_options.get(_BUMPS, for_all):
        versions.bump(name)
