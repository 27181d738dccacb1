"""Coming every time: in each run of a series, without being asked again. Under the series' lock."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.i18n import gettext as _
from hampa.runs.actions.joining import join_run, leave_run
from hampa.runs.models.participation import GOING, Participation
from hampa.runs.models.run import Run
from hampa.runs.models.series import Series, SeriesMembership
from hampa.runs.queries import series as queries


def come_every_time(person: Person, series_id: uuid.UUID) -> Series:
    """Go to all runs of the series that have not begun, and to each new one. Doing it twice is doing it once.

    A run "by link" of a public series is not among them: whoever has its link may join it there. Who left one of them, or
    was in it in any other way, stays so there. The organisers hear of it once. Raises Refused when no run is to come,
    and NotFound.
    """
    series = queries.locked(series_id, person)
    there = queries.found_by(series)
    if not there and series.next_on is None:
        raise Refused(_("This series has ended."))
    db.session.execute(
        insert(SeriesMembership)
        .values(series_id=series.id, person_id=person.id, created_at=clock.now())
        .on_conflict_do_nothing()
    )
    answered = set(
        db.session.scalars(
            select(Participation.run_id).where(Participation.person_id == person.id, Participation.run_id.in_(there))
        )
    )
    new = [run_id for run_id in there if run_id not in answered]
    for run_id in new:
        _let_in(person, run_id, announced=run_id == new[0])
    return series


def stop_coming(person: Person, series_id: uuid.UUID, *, leave: bool = False) -> Series:
    """Come to no new run of the series unasked; with `leave`, also take part no more in those that have not begun."""
    series = queries.locked(series_id)
    db.session.execute(
        delete(SeriesMembership).where(SeriesMembership.series_id == series.id, SeriesMembership.person_id == person.id)
    )
    for run_id in queries.not_begun(series.id) if leave else []:
        leave_run(person, run_id)
    return series


def bring_members(run: Run) -> None:
    """Let all who come every time into a new run of their series, in the order in which they said so."""
    members = (
        select(Person)
        .join(SeriesMembership, SeriesMembership.person_id == Person.id)
        .where(SeriesMembership.series_id == run.series_id, Person.state == "active")
        .order_by(SeriesMembership.created_at, SeriesMembership.id)
    )
    for member in db.session.scalars(members).all():
        _let_in(member, run.id, announced=False)


def _let_in(person: Person, run_id: uuid.UUID, *, announced: bool) -> None:
    """Whom a run refuses (its joining has closed, it is for women) does not keep the others from coming."""
    try:
        with db.session.begin_nested():
            join_run(person, run_id, GOING, announced=announced)
    except Refused:
        pass
