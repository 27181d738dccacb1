"""Erasure of people whom the audit log names.

The log says what was done with power over others, so an entry outlives those whom it names: it keeps who acted, as the
id of a row that has no name any more, and loses what it says of a person and the address of an operator.
"""

from typing import Any

from sqlalchemy import func, select, update

from hampa.audit.models import AuditEntry
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db

privacy_registry.holds(
    AuditEntry.actor_id,
    left_out="the work of operators, not a thing of theirs",
    fate="keep",
    because="what an operator did stays the work of one person, who has no name any more",
)
privacy_registry.holds(AuditEntry.about_id, left_out="it would tell who reported them, and to whom", fate="empty")


@privacy_registry.erases
def empty_entries(person: Person) -> None:
    """Empty what entries say of the person, and the addresses from which they acted; the entries stay."""
    db.session.execute(select(func.set_config("hampa.erasing", "on", True)))
    emptied: dict[str, Any] = {
        "subject_id": None,
        "subject_label": "",
        "about_id": None,
        "before": {},
        "after": {},
        "reason": "",
    }
    for statement in (
        update(AuditEntry).where(AuditEntry.about_id == person.id).values(emptied),
        update(AuditEntry).where(AuditEntry.actor_id == person.id).values(address=""),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
