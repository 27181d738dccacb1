"""Export and erasure of what a person did in close-outs."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import update

from hampa.closeouts.models import CloseOut
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(CloseOut.closed_by_id, noun="duty_closeouts", fate="empty")
privacy_registry.holds(CloseOut.corrected_by_id, noun="duty_closeouts_corrected", fate="empty")
privacy_registry.holds(CloseOut.thanked_by_id, noun="duty_thanks", fate="empty")


@privacy_registry.exports("duty_closeouts", _l("Days of duties that you closed out"))
def export_closeouts(person: Person) -> Iterable[dict[str, Any]]:
    """Return the close-outs, without who came."""
    columns = "id crew_id series_id day had_incidents closed_at"
    return privacy_registry.rows_of(person, CloseOut.closed_by_id, columns)


@privacy_registry.exports("duty_closeouts_corrected", _l("Close-outs of duties that you corrected"))
def export_corrections(person: Person) -> Iterable[dict[str, Any]]:
    """Return the close-outs."""
    columns = "id crew_id series_id day had_incidents corrected_at"
    return privacy_registry.rows_of(person, CloseOut.corrected_by_id, columns)


@privacy_registry.exports("duty_thanks", _l("What you wrote to thank people for their duties"))
def export_thanks(person: Person) -> Iterable[dict[str, Any]]:
    """Return the messages."""
    return privacy_registry.rows_of(person, CloseOut.thanked_by_id, "id day thanks thanked_at")


@privacy_registry.erases
def erase_thanks(person: Person) -> None:
    """Empty what the person wrote; that who came was thanked stays."""
    values = {"thanks": "", "updated_at": clock.now(), "version": CloseOut.version + 1}
    statement = update(CloseOut).where(CloseOut.thanked_by_id == person.id).values(**values)
    db.session.execute(statement.execution_options(synchronize_session=False))
