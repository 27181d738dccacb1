"""What a person reported, and what is kept about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update

from hampa.moderation.models import Decision, Report
from hampa.people import privacy_registry
from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(Report.reporter_id, noun="reports", fate="empty")
privacy_registry.holds(Report.about_id, left_out="it would tell who reported them", fate="empty")
privacy_registry.holds(Report.decided_by_id, left_out="the work of operators, not a thing of theirs", fate="empty")
privacy_registry.holds(Decision.person_id, left_out="it would tell who reported them", fate="empty")
privacy_registry.holds(Decision.by_id, left_out="the work of operators, not a thing of theirs", fate="empty")


@privacy_registry.exports("reports", _l("What you reported to the people who run this place"))
def reports(person: Person) -> Iterable[dict[str, Any]]:
    """The person's own reports, without what was decided."""
    names = "id created_at kind subject_id reason words state"
    query = select(*privacy_registry.columns(Report, names)).where(Report.reporter_id == person.id)
    return privacy_registry.rows(query.order_by(Report.created_at, Report.id))


@privacy_registry.erases
def forget_words(person: Person) -> None:
    """What they wrote, what others saw of them and wrote about them, and where they decided from; that it was decided stays."""
    said = update(Report).where(Report.reporter_id == person.id).values(words="")
    seen = update(Report).where(Report.about_id == person.id).values(words="", shown={})
    noted = update(Decision).where(Decision.person_id == person.id).values(note="")
    decided = update(Decision).where(Decision.by_id == person.id).values(address="")
    for statement in (said, seen, noted, decided):
        db.session.execute(statement.execution_options(synchronize_session=False))
