"""The route of a run, and how much of it somebody may see."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, false, select, true

from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.routes.models import RunRoute
from hampa.runs.models.participation import CAME, Participation
from hampa.runs.models.run import Run


@dataclass(frozen=True, slots=True)
class SeenRoute:
    """A route as one person sees it: `drawn` is the whole line or the one without its ends, None before it is read.

    `waiting` and `reason` are for who organises, else False and None. `goes` says whether all of it may be had.
    """

    waiting: bool
    reason: str | None
    distance_m: int | None
    climb_m: int | None
    descent_m: int | None
    cut: bool
    goes: bool
    drawn: dict[str, Any] | None


def route_seen_by(person: Person | None, run: Run, organises: bool) -> SeenRoute | None:
    """The route of a run that this person may see, who `organises` it or not; None when there is none for them."""
    goes = case((_goes(person, run, organises), True), else_=False)
    row = db.session.execute(
        select(
            RunRoute.upload.is_not(None).label("waiting"),
            RunRoute.reason,
            RunRoute.distance_m,
            RunRoute.climb_m,
            RunRoute.descent_m,
            RunRoute.cut,
            goes.label("goes"),
            case((goes | ~RunRoute.cut, RunRoute.whole), else_=RunRoute.hidden).label("drawn"),
        ).where(RunRoute.run_id == run.id)
    ).first()
    if row is None or (row.drawn is None and not organises):
        return None
    seen = SeenRoute(*row)
    return seen if organises else SeenRoute(False, None, *row[2:])


def gpx_for(person: Person, run: Run, organises: bool) -> str:
    """The name of the run's GPX file. Raises NotFound without one, Forbidden for who does not go."""
    row = db.session.execute(
        select(RunRoute.gpx, case((_goes(person, run, organises), True), else_=False)).where(RunRoute.run_id == run.id)
    ).first()
    if row is None or row[0] is None:
        raise NotFound
    if not row[1]:
        raise Forbidden
    return str(row[0])


def route_of(run_id: uuid.UUID) -> RunRoute | None:
    """The route's row, to be changed by who holds the run's lock."""
    return db.session.scalar(select(RunRoute).where(RunRoute.run_id == run_id))


def _goes(person: Person | None, run: Run, organises: bool) -> ColumnElement[bool]:
    """Whether the person goes, went, or organises the run."""
    if person is None or organises:
        return true() if organises else false()
    return (
        select(Participation.id)
        .where(Participation.run_id == run.id, Participation.person_id == person.id, Participation.status.in_(CAME))
        .exists()
    )
