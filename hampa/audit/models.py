"""The table of the audit log, and the registry of the actions in it.

A feature registers each action of operators beside the function that does it:

register_thing("message", _l("Message"), endpoint="admin.show_message", argument="outbox_id")
RETRIED = register_action("outbox.retried", _l("Sent a message again"), thing="message", fields={"state": _l("State")})

The name is stored and never changes. Whatever stands in `before` and `after` of an entry is a field with a text here.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db, one_of
from hampa.platform.locale.i18n import lazy_gettext as _l

WEB, API, SHELL, WORKER = "web", "api", "shell", "worker"
SOURCES = (WEB, API, SHELL, WORKER)
"""Where somebody acted: on a page, by a program, at the command line, or in a job that does what was planned."""
LONGEST_LABEL = 200
LONGEST_REASON = 1000


class AuditEntry(Record, db.Model):
    """An entry: who did what to which thing, from where, the values before and after, and the reason that was given.

    `actor_id` is None for the command line and for jobs, and `source` tells these apart. `subject_id` has no foreign
    key, because things are of features above. `about_id` is the person whose account the action was about. A trigger
    refuses changes and deletions; only the erasure of a person empties what names them.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        CheckConstraint(one_of("source", SOURCES), name="source"),
        CheckConstraint(f"char_length(subject_label) <= {LONGEST_LABEL}", name="label_length"),
        CheckConstraint(f"char_length(reason) <= {LONGEST_REASON}", name="reason_length"),
        Index("ix_audit_entries_created_at_id", "created_at", "id"),
        Index("ix_audit_entries_actor_id", "actor_id", "created_at", "id"),
        Index("ix_audit_entries_about_id", "about_id", "created_at", "id"),
        Index("ix_audit_entries_subject_id", "subject_id", "created_at", "id"),
        Index("ix_audit_entries_action", "action", "created_at", "id"),
    )

    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    source: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    subject_label: Mapped[str] = mapped_column(default="", server_default="")
    about_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="")
    request_id: Mapped[str] = mapped_column(default="", server_default="")


@dataclass(frozen=True)
class AuditedAction:
    """An action: its stored name, its text, the kind of its thing, and the texts of fields and values of entries."""

    name: str
    label: Any
    thing: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """The thing of an entry: its id, a short text that still says what it was when it is gone, and whom it is about."""

    id: uuid.UUID | None = None
    label: str = ""
    about_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Thing:
    """A kind of thing: its text, and the page of one for operators, whose URL takes the id as `argument`."""

    kind: str
    label: Any
    endpoint: str = ""
    argument: str = ""


_actions: dict[str, AuditedAction] = {}
_things: dict[str, Thing] = {}


def register_thing(kind: str, label: Any, *, endpoint: str = "", argument: str = "") -> None:
    """Register a kind of thing that actions have."""
    _things[kind] = Thing(kind, label, endpoint, argument)


def find_thing(kind: str) -> Thing | None:
    """Return the kind of thing of this name, None for one of a version before."""
    return _things.get(kind)


def registered_things() -> tuple[Thing, ...]:
    """Return all kinds of things, in the order of the features."""
    return tuple(_things.values())


def register_action(
    name: str,
    label: Any,
    *,
    thing: str,
    fields: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
) -> AuditedAction:
    """Register an action, and return it. Raise ValueError for a name that is taken."""
    action = AuditedAction(name, label, thing, fields or {}, values or {})
    if _actions.setdefault(name, action) is not action:
        raise ValueError(f"the action {name} is registered twice")
    return action


def find_action(name: str) -> AuditedAction | None:
    """Return the action of this name, None for one of a version before."""
    return _actions.get(name)


def registered_actions() -> tuple[AuditedAction, ...]:
    """Return all actions in the order of their names."""
    return tuple(_actions[name] for name in sorted(_actions))


register_thing("person", _l("Person"), endpoint="admin.show_person", argument="person_id")
