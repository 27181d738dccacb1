"""Export of a person's reports, and erasure of what they and others wrote."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import update

from hampa.moderation.models import BanAppeal, Decision, Report
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(Report.reporter_id, noun="reports", fate="empty")
privacy_registry.holds(Report.about_id, left_out="it would tell who reported them", fate="empty")
privacy_registry.holds(Report.decided_by_id, left_out="the work of operators, not a thing of theirs", fate="empty")
privacy_registry.holds(Decision.person_id, left_out="it would tell who reported them", fate="empty")
privacy_registry.holds(Decision.by_id, left_out="the work of operators, not a thing of theirs", fate="empty")
privacy_registry.holds(BanAppeal.person_id, noun="appeals", fate="delete")
privacy_registry.holds(BanAppeal.decided_by_id, left_out="the work of operators, not a thing of theirs", fate="empty")


@privacy_registry.exports("reports", _l("What you reported to the operators"))
def reports(person: Person) -> Iterable[dict[str, Any]]:
    """Return the reports that the person sent, without the decisions."""
    return privacy_registry.rows_of(person, Report.reporter_id, "id created_at kind subject_id reason words state")


@privacy_registry.exports("appeals", _l("What you wrote when your account was suspended, and the answer"))
def appeals(person: Person) -> Iterable[dict[str, Any]]:
    """Return the appeals of the person with their answers."""
    columns = "id created_at words state is_granted answer decided_at"
    return privacy_registry.rows_of(person, BanAppeal.person_id, columns)


@privacy_registry.erases
def erase_words(person: Person) -> None:
    """Delete the person's words, evidence and notes about them, and addresses of their decisions; decisions stay."""
    for statement in (
        update(Report).where(Report.reporter_id == person.id).values(words=""),
        update(Report).where(Report.about_id == person.id).values(words="", shown={}),
        update(Decision).where(Decision.person_id == person.id).values(note=""),
        update(Decision).where(Decision.by_id == person.id).values(address=""),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
