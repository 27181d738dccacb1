"""The route of a run, and how much of it a person may see."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, false, null, select, true

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.statements import built_once
from hampa.routes.models import RunRoute
from hampa.runs.models.participation import CAME, Participation
from hampa.runs.models.run import Run


def visible_route(run_id: uuid.UUID, *, organises: bool, may_download: bool) -> Row[Any] | None:
    """Return the route of a run as people see it who organise it, or go or went, or neither; None without one for them.

    Who organises the run, goes or went `may_download` all of it. `drawn` and the sums are of the whole line or of the
    visible part of a cut one, None before they are known. `waiting`, `reason` and `left_out` are False and None for
    those who do not organise the run, and so is `hidden_distance_m`, the length of what others see of a cut route.
    """
    row: Row[Any] | None = _route(run_id, organises=organises, may_download=may_download).first()
    return None if row is None or (row.drawn is None and not organises) else row


@built_once
def _route(run_id: uuid.UUID, *, organises: bool, may_download: bool) -> Any:
    sees_all = true() if may_download else ~RunRoute.cut
    is_cut = RunRoute.hidden_distance_m.is_not(None)
    return select(
        (RunRoute.upload.is_not(None) if organises else false()).label("waiting"),
        (RunRoute.reason if organises else null()).label("reason"),
        (RunRoute.left_out if organises else null()).label("left_out"),
        case((sees_all, RunRoute.distance_m), else_=RunRoute.hidden_distance_m).label("distance_m"),
        case((sees_all, RunRoute.climb_m), else_=RunRoute.hidden_climb_m).label("climb_m"),
        case((sees_all, RunRoute.descent_m), else_=RunRoute.hidden_descent_m).label("descent_m"),
        RunRoute.cut,
        (RunRoute.hidden_distance_m if organises else null()).label("hidden_distance_m"),
        (true() if may_download else false()).label("may_download"),
        case((sees_all, RunRoute.whole), (is_cut, RunRoute.hidden), else_=null()).label("drawn"),
    ).where(RunRoute.run_id == run_id)


def gpx_for(person: Person, run: Run, organises: bool) -> str:
    """Return the name of the run's GPX file. Raise NotFound without one, Forbidden if the person does not go."""
    query = select(RunRoute.gpx, _may_download(person, run, organises)).where(RunRoute.run_id == run.id)
    gpx, may_download = db.session.execute(query).first() or (None, False)
    if gpx is None:
        raise NotFound
    if not may_download:
        raise Forbidden
    return gpx


def route_of(run_id: uuid.UUID) -> RunRoute | None:
    """Return the route of a run, to be changed under the run's lock."""
    return db.session.scalar(select(RunRoute).where(RunRoute.run_id == run_id))


def routes_without_sketch(limit: int) -> Sequence[uuid.UUID]:
    """Return the ids of routes with something that everybody may see, of runs that have no small line."""
    shown = and_(~RunRoute.cut, RunRoute.whole.is_not(None)) | and_(RunRoute.cut, RunRoute.hidden_distance_m > 0)
    query = select(RunRoute.id).join(Run, Run.id == RunRoute.run_id).where(Run.route_sketch.is_(None), shown)
    return db.session.scalars(query.order_by(RunRoute.id).limit(limit)).all()


def _may_download(person: Person | None, run: Run, organises: bool) -> ColumnElement[bool]:
    """Return a condition: the person goes, went, or organises the run."""
    if person is None or organises:
        return true() if organises else false()
    return exists().where(
        Participation.run_id == run.id, Participation.person_id == person.id, Participation.status.in_(CAME)
    )
