"""What a person follows, who follows what, and the new runs that followers have not heard of."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, text, union_all

from hampa.cards.queries.interests import page_opens_to
from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.people import people_to_tell
from hampa.follows.models import FARTHEST_KM, Follow, FollowedPlace
from hampa.notifications.models import Notification, Reference, Words
from hampa.people.models import Person
from hampa.people.queries import (
    PersonSummary,
    hidden_from,
    hidden_ids,
    is_none_of,
    is_seen_by,
    stand_in,
    summary_columns,
)
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.geo import gazetteer
from hampa.platform.geo.squares import haversine, squares_around
from hampa.platform.statements import built_once, is_one_of
from hampa.run_lists.queries.rows import ListedRun, page_of_rows, select_faced_runs
from hampa.runs.models.participation import LEFT, Participation
from hampa.runs.models.run import LINK, Run
from hampa.runs.queries.organisers import organiser_ids
from hampa.runs.queries.runs import visible_to
from hampa.series.models import Series
from hampa.series.queries import visible_to as is_seen_series

SETTLES = timedelta(minutes=5)
"""How long a new run may still be mended or taken back before followers hear of it."""
CLAIMED_AT_ONCE = 100
TITLES_SHOWN = 3
TOLD_WITHIN = timedelta(days=14)
TOLD_SHOWN = 20
TOWNS_OF_NAME = 6
SAME_TOWN_KM = 2.0
"""A place so near to the middle of the town that it is called after is the town."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Something that a person follows: one of an organiser, a series by its title, or a place."""

    id: uuid.UUID
    organiser: PersonSummary | None
    organiser_page: bool
    series_id: uuid.UUID | None
    series: str
    place: FollowedPlace | None
    created_at: datetime


def follows_of(person: Person) -> list[Followed]:
    """Return what a person follows, the latest first, without people and series that they may not see (any more)."""
    rows = _follows(person.id, hidden_ids(person), is_operator=person.is_operator)
    return [
        Followed(
            *(row.id, row.organiser, bool(row.page), row.series_id, row.title or "", _place_of(row), row.created_at)
        )
        for row in rows
    ]


@built_once
def _follows(person_id: uuid.UUID, hidden: list[uuid.UUID], *, is_operator: bool) -> Any:
    person = stand_in(person_id, is_operator=is_operator)
    return (
        select(
            Follow.id,
            Follow.series_id,
            Follow.radius_km,
            Follow.spot_latitude,
            Follow.spot_longitude,
            Follow.place,
            Follow.created_at,
            summary_columns("organiser"),
            page_opens_to(person).label("page"),
            Series.plan["title"].astext.label("title"),
        )
        .outerjoin(Series, Series.id == Follow.series_id)
        .outerjoin(Person, and_(Person.id == Follow.organiser_id, is_seen_by(person)))
        .where(Follow.person_id == person_id, or_(Follow.organiser_id.is_(None), Person.id.is_not(None)))
        .where(or_(Series.id.is_(None), and_(is_none_of(Series.organiser_id, hidden), is_seen_series(person))))
        .order_by(Follow.created_at.desc(), Follow.id.desc())
    )


def _place_of(follow: Any) -> FollowedPlace | None:
    if follow.radius_km is None or follow.spot_latitude is None or follow.spot_longitude is None:
        return None
    return FollowedPlace(follow.spot_latitude, follow.spot_longitude, follow.radius_km, follow.place)


def follows(person: Person, what: str, subject_id: uuid.UUID) -> bool:
    """Return whether the person follows an "organiser" or a "series"."""
    return bool(_follows_subject(person.id, subject_id, what=what).scalar_one())


@built_once
def _follows_subject(person_id: uuid.UUID, subject_id: uuid.UUID, *, what: str) -> Any:
    subject = {"organiser": Follow.organiser_id, "series": Follow.series_id}[what]
    return select(exists().where(Follow.person_id == person_id, subject == subject_id))


def follows_place(person: Person, place: FollowedPlace) -> bool:
    """Return whether the person follows a place."""
    return bool(_follows_place(person.id, place).scalar_one())


@built_once
def _follows_place(person_id: uuid.UUID, place: FollowedPlace) -> Any:
    return select(exists().where(Follow.person_id == person_id, is_place(place)))


def is_place(place: FollowedPlace) -> ColumnElement[bool]:
    """Return the condition that a follow is one of this place."""
    return and_(
        Follow.spot_latitude == place.latitude,
        Follow.spot_longitude == place.longitude,
        Follow.radius_km == place.radius_km,
    )


def count_follows(person: Person) -> int:
    """Return how much a person follows."""
    return db.session.scalars(select(func.count()).where(Follow.person_id == person.id)).one()


def count_followers(organiser: Person) -> int:
    """Return how many people follow an organiser, for the organiser alone."""
    number: int = _count_followers(organiser.id).scalar_one()
    return number


@built_once
def _count_followers(organiser_id: uuid.UUID) -> Any:
    return select(func.count()).where(Follow.organiser_id == organiser_id)


def place_name(place: FollowedPlace, locale: str) -> str:
    """Return the name of a place in a language: that of the town that it is called after, else as the person called it.

    Without a name it is called after the nearest town, "" far from any.
    """
    towns = gazetteer.find(place.name, most=TOWNS_OF_NAME) if place.name else []
    town: gazetteer.Town | None = next((town for town in towns if _is_near(town, place)), None)
    if town is None and not place.name:
        town = gazetteer.nearest(place.latitude, place.longitude)
    return town.called(locale) if town else place.name


def _is_near(town: gazetteer.Town, place: FollowedPlace) -> bool:
    return gazetteer.distance_km(town.latitude, town.longitude, place.latitude, place.longitude) <= SAME_TOWN_KM


def told_runs(person: Person) -> list[ListedRun]:
    """Return the runs to come of which the person heard lately, soonest first, that they may still see."""
    now = clock.now()
    told = _told(person.id, now - TOLD_WITHIN).scalars()
    run_ids = {uuid.UUID(run_id) for runs in told for run_id in runs}
    if not run_ids:
        return []
    rows = _runs_ahead(person.id, list(run_ids), now, hidden_ids(person), is_operator=person.is_operator)
    return page_of_rows(rows, TOLD_SHOWN).items


@built_once
def _told(person_id: uuid.UUID, since: datetime) -> Any:
    return (
        select(Notification.data["runs"])
        .where(
            Notification.person_id == person_id,
            Notification.type.in_(("new_run", "new_runs")),
            Notification.created_at > since,
        )
        .order_by(Notification.created_at.desc())
        .limit(TOLD_SHOWN)
    )


@built_once
def _runs_ahead(
    person_id: uuid.UUID, run_ids: list[uuid.UUID], now: datetime, hidden: list[uuid.UUID], *, is_operator: bool
) -> Any:
    person = stand_in(person_id, is_operator=is_operator)
    query = select_faced_runs(person, hidden).where(
        is_one_of(Run.id, run_ids), _is_listed(), Run.starts_at > now, visible_to(person)
    )
    return query.order_by(Run.starts_at, Run.id).limit(TOLD_SHOWN + 1)


def _is_listed() -> ColumnElement[bool]:
    return and_(Run.visibility == "public", Run.cancelled_at.is_(None))


def unheard_runs() -> Sequence[Any]:
    """Return the oldest public runs that followers have not heard of, locked; those that somebody locks are left."""
    query = (
        select(Run.id, Run.series_id, Run.starts_at)
        .where(_is_listed(), Run.followers_told_at.is_(None), Run.created_at <= clock.now() - SETTLES)
        .order_by(Run.created_at, Run.id)
        .limit(CLAIMED_AT_ONCE)
    )
    return db.session.execute(query.with_for_update(skip_locked=True, key_share=True)).all()


def heard_series(series_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return the series of which a run was told before."""
    query = select(Run.series_id).where(Run.series_id.in_(series_ids), Run.followers_told_at.is_not(None)).distinct()
    return {series_id for series_id in db.session.scalars(query) if series_id is not None}


def new_runs(run_ids: Sequence[uuid.UUID]) -> list[Run]:
    """Return those of the runs that are still public and to come, and whose organiser is active, soonest first."""
    query = (
        select(Run)
        .join(Person, Person.id == Run.organiser_id)
        .where(Run.id.in_(run_ids), _is_listed(), Run.starts_at > clock.now(), Person.state == "active")
        .order_by(Run.starts_at, Run.id)
    )
    return list(db.session.scalars(query))


def followers(runs: Sequence[Run], *, of_series: bool, after: uuid.UUID | None, size: int) -> list[uuid.UUID]:
    """Return the next people by id who follow these runs and are to hear of them, each once.

    With `of_series` they are the followers of the series of the runs, else those of the organisers or the place of the
    first. Left out are people who want no notices, who may not see or join the runs, and who organise or joined the
    first, or heard of it from its crew.
    """
    first = runs[0]
    following = _followers_of_series(first) if of_series else _followers_of_run(first)
    person = following.subquery().c.person_id
    joined = select(Participation.person_id).where(Participation.run_id == first.id, Participation.status != LEFT)
    conditions = [
        Person.id.in_(select(person)),
        Person.state == "active",
        Person.new_run_notices.is_(True),
        Person.id.not_in(organiser_ids(first.id)),
        Person.id.not_in(hidden_from(first.organiser_id)),
        Person.id.not_in(joined),
        *([~_heard(["crew_run"], Notification.subject_id == first.id)] if first.crew_id else []),
    ]
    if any(run.company == "women" for run in runs):
        conditions.append(Person.gender == "female")
    if after is not None:
        conditions.append(Person.id > after)
    return list(db.session.scalars(select(Person.id).where(*conditions).order_by(Person.id).limit(size)))


def _heard(kinds: Sequence[str], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a `Person` has had a notification of one of these kinds lately, which is of a condition."""
    is_theirs = Notification.person_id == Person.id, Notification.created_at > clock.now() - TOLD_WITHIN
    return exists().where(*is_theirs, Notification.type.in_(kinds), condition).correlate(Person)


def _followers_of_series(run: Run) -> Select[Any]:
    return select(Follow.person_id).where(Follow.series_id == run.series_id)


def _followers_of_run(run: Run) -> Select[Any]:
    of_organisers = select(Follow.person_id).where(Follow.organiser_id.in_(organiser_ids(run.id)))
    if run.spot_latitude is None or run.spot_longitude is None:
        return of_organisers
    squares = squares_around(run.spot_latitude, run.spot_longitude, FARTHEST_KM)
    reach = func.power(func.sin(Follow.radius_km / gazetteer.EARTH_KM / 2), 2)
    of_place = select(Follow.person_id).where(
        Follow.widest_cell.in_([*squares.inside, *squares.touched]),
        haversine(run.spot_latitude, run.spot_longitude, Follow) <= reach,
    )
    return union_all(of_organisers, of_place)  # type: ignore[return-value]


def _several_runs(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the titles of the first runs of each notification, and the number of all that are still to be seen."""
    run_ids = {one.id: dict.fromkeys(map(uuid.UUID, one.data["runs"])) for one in references}
    readers = {one.person_id for one in references if one.person_id}
    hidden = {reader: set(db.session.scalars(hidden_from(reader))) for reader in readers}
    rows = db.session.execute(
        select(Run.id, Run.title, Run.organiser_id)
        .where(Run.id.in_({run_id for ids in run_ids.values() for run_id in ids}), _is_listed())
        .order_by(Run.starts_at, Run.id)
    ).all()
    words = {}
    for one in references:
        shut = hidden.get(one.person_id, set()) if one.person_id else set()
        titles = [row.title for row in rows if row.id in run_ids[one.id] and row.organiser_id not in shut]
        if titles:
            words[one.id] = {"titles": titles[:TITLES_SHOWN], "number": len(titles)}
    return words


def untold_crew_runs() -> Sequence[Any]:
    """Return the oldest runs of which the members of their crew have not heard, locked; runs that somebody locks are left."""
    query = (
        select(Run.id, Run.series_id, Run.crew_id, Run.starts_at)
        .where(*(Run.crew_id.is_not(None), Run.crew_told_at.is_(None), Run.created_at <= clock.now() - SETTLES))
        .order_by(Run.created_at, Run.id)
        .limit(CLAIMED_AT_ONCE)
    )
    return db.session.execute(query.with_for_update(skip_locked=True, key_share=True)).all()


def series_told_in_crews(series_ids: Sequence[uuid.UUID]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Return the series of which a run was told to the members of a crew before, each with that crew."""
    query = select(Run.series_id, Run.crew_id).where(Run.series_id.in_(series_ids), Run.crew_told_at.is_not(None))
    return {(row.series_id, row.crew_id) for row in db.session.execute(query.distinct())}


def new_crew_run(run_id: uuid.UUID) -> Run | None:
    """Return a run of a crew that its members are to hear of: it is to come, in its lists, and its organiser is active."""
    query = select(Run).join(Person, Person.id == Run.organiser_id)
    is_shown = Run.crew_id.is_not(None), Run.visibility != LINK, Run.cancelled_at.is_(None)
    return db.session.scalar(
        query.where(Run.id == run_id, *is_shown, Run.starts_at > clock.now(), Person.state == "active")
    )


def members_to_tell(run: Run, crew_id: uuid.UUID, *, after: uuid.UUID | None, size: int) -> list[uuid.UUID]:
    """Return the next members by id of a crew who want to hear of it, and did not join or organise the run.

    Who follows what the run belongs to, and has heard of it by that, does not hear twice.
    """
    by_following = _heard(["new_run", "new_runs"], Notification.data["runs"].contains([str(run.id)]))
    joined = select(Participation.person_id).where(Participation.run_id == run.id, Participation.status != LEFT)
    conditions = [
        *(Person.id.in_(people_to_tell(crew_id)), Person.state == "active", Person.id.not_in(organiser_ids(run.id))),
        *(Person.id.not_in(hidden_from(run.organiser_id)), Person.id.not_in(joined), ~by_following),
        *([Person.gender == "female"] if run.company == "women" else []),
        *([Person.id > after] if after is not None else []),
    ]
    return list(db.session.scalars(select(Person.id).where(*conditions).order_by(Person.id).limit(size)))


def _crews_of_runs(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the names of crews to those who belong to them, and of crews that anybody may find to all."""
    asked = {one.id: (one.id_in("crew"), one.person_id) for one in references}
    crew_ids, person_ids = ({pair[place] for pair in asked.values()} for place in (0, 1))
    names = {
        row.id: row
        for row in db.session.execute(select(Crew.id, Crew.name, Crew.is_listed).where(Crew.id.in_(crew_ids)))
    }
    belongs = CrewMembership.crew_id.in_(crew_ids), CrewMembership.person_id.in_(person_ids)
    members = select(CrewMembership.crew_id, CrewMembership.person_id).where(*belongs, CrewMembership.status == ACTIVE)
    pairs = {tuple(row) for row in db.session.execute(members)}
    return {
        one: {"crew": names[pair[0]].name}
        for one, pair in asked.items()
        if pair[0] in names and (pair in pairs or names[pair[0]].is_listed)
    }


CREW_OF_RUN = Words(_crews_of_runs, gone={"crew": ""})
"""The name of the crew whose id is in `data`."""
SEVERAL_RUNS = Words(_several_runs, gone={"titles": "", "number": ""})
"""The titles of the first new runs of a notification, and how many there are; none when all are gone."""


def lock_telling() -> None:
    """Wait until nobody else tells followers of new runs, and have others wait until the transaction ends.

    Else two jobs that tell one person on one day could each see that they have heard of nothing yet.
    """
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('follows.tell', 0))"))
