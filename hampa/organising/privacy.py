"""Export and erasure of invitations to organise runs or to take them over."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.models.run import Run, RunInvitation
from hampa.runs.privacy import run_labels

privacy_registry.holds(RunInvitation.person_id, noun="run_invitations", fate="delete")
privacy_registry.holds(RunInvitation.asker_id, noun="run_invitations_sent", fate="delete")


@privacy_registry.exports("run_invitations", _l("Runs that you are asked to organise or to take over"))
def export_invitations(person: Person) -> Iterable[dict[str, Any]]:
    """Return the invitations to the person, by name or by their number."""
    return _export_invitations(_is_invited(person), "role expires_at declined_at")


@privacy_registry.exports("run_invitations_sent", _l("People you asked to organise a run or to take it over"))
def export_sent_invitations(person: Person) -> Iterable[dict[str, Any]]:
    """Return the invitations of the person, with the numbers that they typed."""
    return _export_invitations(RunInvitation.asker_id == person.id, "role phone expires_at")


def _export_invitations(condition: ColumnElement[bool], names: str) -> Iterable[dict[str, Any]]:
    columns = privacy_registry.columns(RunInvitation, f"run_id created_at {names}")
    query = select(*columns, *run_labels()).join(Run, Run.id == RunInvitation.run_id).where(condition)
    return privacy_registry.rows_in_order(query, RunInvitation)


def _is_invited(person: Person) -> ColumnElement[bool]:
    return or_(RunInvitation.person_id == person.id, RunInvitation.phone == person.phone)


@privacy_registry.erases
def erase_invitations(person: Person) -> None:
    """Delete the invitations to the person, by name or by their number."""
    invited = delete(RunInvitation).where(_is_invited(person))
    db.session.execute(invited.execution_options(synchronize_session=False))
