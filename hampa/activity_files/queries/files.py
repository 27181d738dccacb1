"""Files that were sent, what became of them, and the tracks of activities."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import joinedload

from hampa.activity_files.models import FAILED, MADE, ActivityImport, ActivityImportFile, ActivityTrack
from hampa.activity_files.queries.exports import PLANS
from hampa.people.models import HiddenZone, Person
from hampa.platform.db import db, scalar_or_404
from hampa.platform.statements import built_once
from hampa.training.models.activities import LONGEST, ME, Activity
from hampa.training.queries.visibility import SeenActivity

IMPORTS_SHOWN = 10
FAILURES_SHOWN = 100
STUCK = timedelta(hours=6)
"""After what time a file that nobody has read is given up."""
LEAST_OVERLAP = 0.7
"""The share of the shorter of two activities from which on they are the same."""


def own_import(person: Person, import_id: uuid.UUID) -> ActivityImport:
    """Return an import of the person. Raise NotFound."""
    return scalar_or_404(
        select(ActivityImport).where(ActivityImport.id == import_id, ActivityImport.person_id == person.id)
    )


def locked_import(import_id: uuid.UUID) -> ActivityImport | None:
    """Return an import that is not read yet, locked."""
    query = select(ActivityImport).where(ActivityImport.id == import_id, ActivityImport.done_at.is_(None))
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def lock_own_import(person: Person, import_id: uuid.UUID) -> ActivityImport:
    """Return an import of the person, locked. Raise NotFound."""
    query = select(ActivityImport).where(ActivityImport.id == import_id, ActivityImport.person_id == person.id)
    return scalar_or_404(query.with_for_update().execution_options(populate_existing=True))


def unanswered_since(moment: datetime) -> Sequence[ActivityImport]:
    """Return the copies, locked, that were sent before a moment, and still wait for their person: a hundred at most."""
    waits = ActivityImport.preview.is_not(None), ActivityImport.agreed_at.is_(None), ActivityImport.done_at.is_(None)
    query = select(ActivityImport).where(*waits, ActivityImport.created_at < moment).order_by(ActivityImport.created_at)
    return db.session.scalars(query.limit(100).with_for_update(skip_locked=True)).all()


def imports_of(person: Person) -> Sequence[ActivityImport]:
    """Return the last imports of a person, the latest first."""
    query = select(ActivityImport).where(ActivityImport.person_id == person.id)
    return db.session.scalars(
        query.order_by(ActivityImport.created_at.desc(), ActivityImport.id.desc()).limit(IMPORTS_SHOWN)
    ).all()


def fates_of(one: ActivityImport) -> Counter[str]:
    """Return how many files of an import became what."""
    query = select(ActivityImportFile.fate, func.count()).where(
        ActivityImportFile.import_id == one.id, ActivityImportFile.name != PLANS
    )
    rows = db.session.execute(query.group_by(ActivityImportFile.fate))
    return Counter({row[0]: row[1] for row in rows})


def plans_came(one: ActivityImport) -> bool:
    """Return whether plans or goals came with an import."""
    query = select(ActivityImportFile.id).where(
        ActivityImportFile.import_id == one.id, ActivityImportFile.name == PLANS
    )
    return db.session.scalar(query.where(ActivityImportFile.fate == MADE)) is not None


def failures_of(one: ActivityImport) -> Sequence[ActivityImportFile]:
    """Return the files of an import that became nothing, in their order: a hundred at most."""
    query = select(ActivityImportFile).where(ActivityImportFile.import_id == one.id, ActivityImportFile.fate == FAILED)
    return db.session.scalars(query.order_by(ActivityImportFile.place).limit(FAILURES_SHOWN)).all()


def only_activity_of(one: ActivityImport) -> uuid.UUID | None:
    """Return the activity of an import of one file, if that has become one."""
    if one.files != 1:
        return None
    return db.session.scalar(select(ActivityImportFile.activity_id).where(ActivityImportFile.import_id == one.id))


def track_with(person_id: uuid.UUID, digest: str, number: int) -> uuid.UUID | None:
    """Return the activity that a person has from the same content."""
    return db.session.scalar(
        select(ActivityTrack.activity_id).where(
            ActivityTrack.person_id == person_id, ActivityTrack.digest == digest, ActivityTrack.number == number
        )
    )


@dataclass(frozen=True, slots=True)
class ActivityThere:
    """An activity that a person has at some time, and whether it has a track."""

    activity: Activity
    has_track: bool


def activity_at(person_id: uuid.UUID, started_at: datetime, ended_at: datetime) -> ActivityThere | None:
    """Return the activity of a person that was at the same time, by `LEAST_OVERLAP` of the shorter one: the nearest."""
    shared = func.least(Activity.ended_at, ended_at) - func.greatest(Activity.started_at, started_at)
    shorter = func.least(Activity.ended_at - Activity.started_at, ended_at - started_at)
    query = (
        select(Activity, exists().where(ActivityTrack.activity_id == Activity.id))
        .where(
            Activity.person_id == person_id,
            Activity.started_at.between(started_at - LONGEST, ended_at),
            Activity.ended_at > started_at,
            shared > shorter * LEAST_OVERLAP,
        )
        .order_by(shared.desc())
        .limit(1)
    )
    row = db.session.execute(query.with_for_update(of=Activity)).first()
    return ActivityThere(*row) if row is not None else None


def track_of(activity_id: uuid.UUID) -> ActivityTrack | None:
    """Return the track of an activity."""
    return db.session.scalar(select(ActivityTrack).where(ActivityTrack.activity_id == activity_id))


@dataclass(frozen=True, slots=True)
class SeenTrack:
    """What a viewer sees of a track: without pulse or line where these are not for them."""

    activity_id: uuid.UUID
    moving_s: int
    heart_mean: int | None
    heart_most: int | None
    splits: dict[str, list[list[Any]]]
    bests: dict[str, float]
    line: list[Any]
    profile: list[Any]


def track_seen(activity: SeenActivity) -> SeenTrack | None:
    """Return the track of an activity as its viewer sees it; None if there is none.

    Where others may see the line they get what is computed of its visible part alone, in numbers too.
    """
    names = "visible" if not activity.is_own and activity.map_visibility != ME else "course"
    row = _track(activity.id, names=names).first()
    if row is None:
        return None
    moving_s, heart_mean, heart_most, sums, drawn = row
    drawn = drawn or {}
    if names == "visible" and drawn:
        moving_s, heart_mean, heart_most = drawn["moving_s"], drawn["heart_mean"], drawn["heart_most"]
        sums, drawn = drawn["sums"], drawn["course"] or {}
    course = drawn if activity.sees_map else {}
    beats = activity.sees_heart
    return SeenTrack(
        activity_id=activity.id,
        moving_s=moving_s,
        heart_mean=heart_mean if beats else None,
        heart_most=heart_most if beats else None,
        splits={
            unit: [[metres, seconds, heart if beats else None] for metres, seconds, heart in splits]
            for unit, splits in sums["splits"].items()
        },
        bests=sums["bests"],
        line=course.get("line") or [],
        profile=course.get("profile") or [],
    )


@built_once
def _track(activity_id: uuid.UUID, *, names: str) -> Any:
    columns = ActivityTrack.moving_s, ActivityTrack.heart_mean, ActivityTrack.heart_most, ActivityTrack.sums
    return select(*columns, getattr(ActivityTrack, names)).where(ActivityTrack.activity_id == activity_id)


@dataclass(frozen=True, slots=True)
class TrackFile:
    """The file of a track, and which of its activities the track is of."""

    id: uuid.UUID
    file: str
    number: int


def locked_track(track_id: uuid.UUID) -> ActivityTrack | None:
    """Return a track with its activity, locked."""
    query = (
        select(ActivityTrack)
        .where(ActivityTrack.id == track_id)
        .options(joinedload(ActivityTrack.activity, innerjoin=True))
    )
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def tracks_to_cut(person_id: uuid.UUID, zones: int) -> list[TrackFile]:
    """Return tracks with a line of a person who has so many zones that were cut with fewer: a hundred at most."""
    query = select(ActivityTrack.id, ActivityTrack.file, ActivityTrack.number)
    query = query.where(ActivityTrack.person_id == person_id, ActivityTrack.course.is_not(None))
    rows = db.session.execute(query.where(ActivityTrack.zones < zones).order_by(ActivityTrack.id).limit(100))
    return [TrackFile(*row) for row in rows]


def _waits_for_cut() -> ColumnElement[bool]:
    zones = select(func.count()).select_from(HiddenZone).where(HiddenZone.person_id == ActivityTrack.person_id)
    return and_(
        ActivityTrack.course.is_not(None), ActivityTrack.zones < zones.correlate(ActivityTrack).scalar_subquery()
    )


def has_tracks_to_cut(person_id: uuid.UUID) -> bool:
    """Return whether a person has tracks that were cut before their last hidden zone was drawn."""
    query = select(exists().where(ActivityTrack.person_id == person_id, _waits_for_cut()))
    return bool(db.session.scalar(query))


def people_with_tracks_to_cut() -> Sequence[uuid.UUID]:
    """Return people who have such tracks: a thousand at most."""
    return db.session.scalars(select(ActivityTrack.person_id).where(_waits_for_cut()).distinct().limit(1_000)).all()


def own_track(person: Person, activity_id: uuid.UUID) -> ActivityTrack:
    """Return the track of an activity of the person. Raise NotFound."""
    return scalar_or_404(
        select(ActivityTrack).where(ActivityTrack.activity_id == activity_id, ActivityTrack.person_id == person.id)
    )


def existing_activities(activity_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return those of the ids that an activity still has."""
    return db.session.scalars(select(Activity.id).where(Activity.id.in_(activity_ids))).all()


def waiting_since(moment: datetime) -> Sequence[uuid.UUID]:
    """Return the imports that were sent before a moment and should be read by now: a hundred at most."""
    is_asked = and_(ActivityImport.preview.is_not(None), ActivityImport.agreed_at.is_(None))
    query = select(ActivityImport.id).where(
        ActivityImport.done_at.is_(None), ActivityImport.updated_at < moment, ~is_asked
    )
    return db.session.scalars(query.order_by(ActivityImport.created_at).limit(100)).all()
