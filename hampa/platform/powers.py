"""Powers that a program may lack though its person has them, such as coaching: conditions of statements ask for them.

A program whose token lacks the scope of a power is treated by the database as somebody who does not have it, in whatever
operation it asks. What is lacking is a setting of the transaction, since statements are built once for all requests.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, event, func, select
from sqlalchemy.orm import Session

from hampa.platform.db import db

_LACKING, _SET = "lacking_powers", "hampa_lacking_powers"
_powers: set[str] = set()


def register_power(name: str) -> str:
    """Let tokens lack a power unless they have the scope of this name; return the name."""
    _powers.add(name)
    return name


def powers() -> frozenset[str]:
    """Return the names of all powers."""
    return frozenset(_powers)


def is_given(power: str) -> ColumnElement[bool]:
    """Return the condition that the statement is not of a program that lacks a power."""
    return func.coalesce(func.current_setting(_setting(power), True, type_=Text), "") != "lacking"


def lack(names: Iterable[str]) -> None:
    """Do without some powers from now on, until the session ends."""
    session: Any = db.session()
    session.info[_LACKING] = frozenset(names)
    session.may_read_alone = not session.info[_LACKING]
    if session.info[_LACKING]:
        _tell(session, session.connection())


@event.listens_for(db.session, "after_begin")
def _tell_at_begin(session: Session, _transaction: Any, connection: Connection) -> None:
    _tell(session, connection)


def _tell(session: Session, connection: Connection) -> None:
    """Tell the transaction of a session what it lacks, and that it does not lack what another one on it did."""
    lacking: frozenset[str] = session.info.get(_LACKING, frozenset())
    known: frozenset[str] = connection.info.get(_SET, frozenset())
    if not lacking and not known:
        return
    connection.info[_SET] = lacking
    values = ((name, "lacking" if name in lacking else "") for name in sorted(lacking | known))
    connection.execute(select(*(func.set_config(_setting(name), value, True) for name, value in values)))


def _setting(power: str) -> str:
    return f"hampa.power_{power}"
