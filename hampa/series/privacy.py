"""Export and erasure of a person's series and memberships."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, exists

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.actions.deletion import delete_unshared_runs
from hampa.runs.models.run import Run
from hampa.runs.privacy import OF_OTHERS
from hampa.series.models import Series, SeriesMembership

privacy_registry.holds(Series.organiser_id, noun="series", fate="keep", because=OF_OTHERS)
privacy_registry.holds(SeriesMembership.person_id, noun="every_time", fate="delete")


@privacy_registry.exports("series", _l("Series of runs that you organise"))
def export_series(person: Person) -> Iterable[dict[str, Any]]:
    """Return the series; `rule` is an RRULE (RFC 5545), `plan` the common plan of the runs."""
    columns = "id created_at updated_at rule timezone first_local skipped plan crew_id next_on ended_at"
    return privacy_registry.rows_of(person, Series.organiser_id, columns)


@privacy_registry.exports("every_time", _l("Series that you join every time"))
def export_memberships(person: Person) -> Iterable[dict[str, Any]]:
    """Return each series with the time of the membership."""
    return privacy_registry.rows_of(person, SeriesMembership.person_id, "series_id created_at")


@privacy_registry.erases
def erase_series(person: Person) -> None:
    """Delete the person's series without runs."""
    delete_unshared_runs(person)
    empty = delete(Series).where(Series.organiser_id == person.id, ~exists().where(Run.series_id == Series.id))
    db.session.execute(empty.execution_options(synchronize_session=False))
