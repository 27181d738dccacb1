"""Writing the audit log."""

from collections.abc import Mapping
from typing import Any

from hampa.audit.models import (
    API,
    LONGEST_LABEL,
    LONGEST_REASON,
    SHELL,
    WEB,
    WORKER,
    AuditedAction,
    AuditEntry,
    Subject,
)
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.logs import masked, scrubbed
from hampa.platform.web.origins import origin


def record_audit(
    actor: Person | None,
    action: AuditedAction,
    subject: Subject,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add an entry in the caller's transaction, with the address and the id of the request.

    `actor` is None at the command line and in jobs. Values that are alike before and after are left out. Phone numbers
    are masked, and values under the name of a secret removed. Raise ValueError for a field without a text.
    """
    values = {"before": dict(before or {}), "after": dict(after or {})}
    if missing := {*values["before"], *values["after"]} - {*action.fields}:
        raise ValueError(f"{action.name} has no text for {sorted(missing)}: name them in `fields` of register_action")
    place = origin()
    source = {"request": WEB, "program": API, "job": WORKER, "shell": SHELL}[place.kind]
    db.session.add(
        AuditEntry(
            actor_id=actor.id if actor is not None else None,
            source=source,
            action=action.name,
            subject_kind=action.thing,
            subject_id=subject.id,
            subject_label=masked(subject.label)[:LONGEST_LABEL],
            about_id=subject.about_id,
            before=_plain(values["before"], values["after"]),
            after=_plain(values["after"], values["before"]),
            reason=masked(reason)[:LONGEST_REASON],
            address=place.address,
            request_id=place.request_id,
        )
    )


def about(person: Person) -> Subject:
    """Return a person as the thing of an entry; their name is not stored, since it changes and is erased."""
    return Subject(person.id, about_id=person.id)


def _plain(values: Mapping[str, Any], others: Mapping[str, Any]) -> Any:
    """Return the values that differ from `others`, as JSON without what must not be kept."""
    changed = {name: value for name, value in values.items() if name not in others or others[name] != value}
    return scrubbed({name: _json(value) for name, value in changed.items()})


def _json(value: Any) -> Any:
    """Return a value as JSON knows it: times as ISO texts, other things as their text."""
    if isinstance(value, list | tuple):
        return [_json(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
