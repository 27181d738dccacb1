"""Following and no longer following, and telling followers of new runs."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.follows import queries
from hampa.follows.models import MOST_FOLLOWS, Follow, FollowedPlace, columns_of
from hampa.notifications.actions.notifying import extend_notifications, notify
from hampa.people.models import Person
from hampa.people.queries import lock_people, person_for
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale.i18n import gettext as _, number
from hampa.runs.models.run import Run
from hampa.runs.queries.snapshots import run_snapshot
from hampa.series.models import Series
from hampa.series.queries import series_for

TOLD_AT_ONCE = 1_000
"""Followers who are told in one transaction."""
MOST_RUNS = 50
"""Runs of a day that one notification tells of."""


def follow_organiser(person: Person, organiser_id: uuid.UUID) -> bool:
    """Follow an organiser whom the person may see, and return whether they did not before. Raise NotFound and Refused.

    Both are locked, as a block locks them, which therefore comes before or ends the follow.
    """
    if organiser_id == person.id:
        raise NotFound
    lock_people(person.id, organiser_id)
    organiser = person_for(person, organiser_id)
    return _follow(person, organiser_id=organiser.id)


def follow_series(person: Person, series_id: uuid.UUID) -> Series:
    """Follow a series that the person may see, and return it. Raise NotFound and Refused."""
    lock_people(person.id, series_for(person, series_id).organiser_id)
    series = series_for(person, series_id)
    _follow(person, series_id=series.id)
    return series


def follow_place(person: Person, place: FollowedPlace) -> None:
    """Follow a place. Raise Refused."""
    lock_people(person.id)
    _follow(person, **columns_of(place))


def _follow(person: Person, **thing: Any) -> bool:
    """Insert a follow, and return False if there is one of the same thing; the person is locked."""
    values = {"id": ids.new_id(), "person_id": person.id, "created_at": clock.now(), **thing}
    new_id = db.session.scalar(insert(Follow).values(values).on_conflict_do_nothing().returning(Follow.id))
    if new_id is not None and queries.count_follows(person) > MOST_FOLLOWS:
        raise Refused(
            _("You follow %(most)s things already. Stop following one of them first.", most=number(MOST_FOLLOWS))
        )
    return new_id is not None


def choose_notices(person: Person, *, wanted: bool) -> None:
    """Set whether a person wants to hear of new runs of what they follow."""
    person.new_run_notices = wanted


def stop_following(person: Person, *conditions: ColumnElement[bool]) -> bool:
    """End the follows of a person that meet the conditions, and return whether there were any."""
    return _delete(Follow.person_id == person.id, *conditions) > 0


def end_between(one_id: uuid.UUID, other_id: uuid.UUID) -> None:
    """End the follows of two people of each other and of each other's series."""
    for follower_id, organiser_id in ((one_id, other_id), (other_id, one_id)):
        _delete(Follow.person_id == follower_id, Follow.organiser_id == organiser_id)
        series = select(Series.id).where(Series.organiser_id == organiser_id)
        _delete(Follow.person_id == follower_id, Follow.series_id.in_(series))


def _delete(*conditions: ColumnElement[bool]) -> int:
    statement = delete(Follow).where(*conditions).execution_options(synchronize_session=False)
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def claim_new_runs() -> int:
    """Enqueue the telling of public runs that followers have not heard of, and return how many runs these are.

    Followers of the organisers and of the place hear of a series once, of its first run; its own followers hear of each
    run. A run is claimed once, whatever becomes of it later.
    """
    rows = queries.unheard_runs()
    if not rows:
        return 0
    now = clock.now()
    by_series: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    alone: list[uuid.UUID] = []
    for row in sorted(rows, key=lambda row: (row.starts_at, row.id)):
        if row.starts_at > now:
            (by_series[row.series_id] if row.series_id else alone).append(row.id)
    heard = queries.heard_series(list(by_series)) if by_series else set()
    for series_id, run_ids in by_series.items():
        _enqueue_telling(run_ids, now, of_series=True)
        if series_id not in heard:
            _enqueue_telling(run_ids[:1], now, of_series=False)
    for run_id in alone:
        _enqueue_telling([run_id], now, of_series=False)
    claimed = update(Run).where(Run.id.in_([row.id for row in rows]))
    values = {"followers_told_at": now, "updated_at": Run.updated_at}
    db.session.execute(claimed.values(values).execution_options(synchronize_session=False))
    return len(rows)


def _enqueue_telling(run_ids: Sequence[uuid.UUID], now: datetime, *, of_series: bool) -> None:
    enqueue("follows.tell_new_runs", run_ids=list(run_ids), day=now.date(), of_series=of_series)


def tell_followers(
    run_ids: Sequence[uuid.UUID], day: str, *, of_series: bool, after: uuid.UUID | None = None
) -> uuid.UUID | None:
    """Tell the next followers by id of new runs, and return the id of the last, None if there are no more.

    All that is new on a day is one notification: a further run is added to it, and a run that it has is not told again,
    whatever the person follows. A few statements for any number of people.
    """
    runs = queries.new_runs(run_ids)
    if not runs:
        return None
    queries.lock_telling()
    people = queries.followers(runs, of_series=of_series, after=after, size=TOLD_AT_ONCE)
    if not people:
        return None
    first, told = runs[0], [str(run.id) for run in runs]
    expires_at = runs[-1].starts_at
    extend_notifications(people, "new_runs", event=day, key="runs", values=told, most=MOST_RUNS, expires_at=expires_at)
    what = "date" if of_series else "series" if first.series_id else "run"
    notify(
        people,
        "new_run" if len(told) == 1 else "new_runs",
        actor_id=first.organiser_id,
        subject_id=first.id,
        data={**run_snapshot(first), "runs": told, "what": what},
        event=day,
        expires_at=expires_at,
    )
    return people[-1] if len(people) == TOLD_AT_ONCE else None


def claim_crew_runs() -> int:
    """Enqueue the telling of runs of which the members of their crew have not heard, and return how many these are.

    They hear of a series once, of its first run. A run is claimed once in each crew, whatever becomes of it later.
    """
    rows = queries.untold_crew_runs()
    if not rows:
        return 0
    told = queries.series_told_in_crews([row.series_id for row in rows if row.series_id])
    now = clock.now()
    for row in sorted(rows, key=lambda row: (row.starts_at, row.id)):
        if row.starts_at > now and (row.series_id, row.crew_id) not in told:
            enqueue("follows.tell_crew_run", run_id=row.id)
            if row.series_id:
                told.add((row.series_id, row.crew_id))
    claimed = update(Run).where(Run.id.in_([row.id for row in rows]))
    values = {"crew_told_at": now, "updated_at": Run.updated_at}
    db.session.execute(claimed.values(values).execution_options(synchronize_session=False))
    return len(rows)


def tell_crew(run_id: uuid.UUID, after: uuid.UUID | None = None) -> uuid.UUID | None:
    """Tell the next members by id of a new run of their crew, and return the id of the last, None if there are no more."""
    run = queries.new_crew_run(run_id)
    if run is None or run.crew_id is None:
        return None
    queries.lock_telling()
    people = queries.members_to_tell(run, run.crew_id, after=after, size=TOLD_AT_ONCE)
    if not people:
        return None
    notify(
        people,
        "crew_run",
        actor_id=run.organiser_id,
        subject_id=run.id,
        data={**run_snapshot(run), "crew": str(run.crew_id), "what": "series" if run.series_id else "run"},
        event=f"{run.id}:{run.crew_id}",
        expires_at=run.starts_at,
    )
    return people[-1] if len(people) == TOLD_AT_ONCE else None
