"""What people who came see of a run when it is over, and whom to ask how it was."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, tuple_

from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, is_visible_to, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.quiet_hours import QuietHours
from hampa.recaps.models import Thanks
from hampa.runs.models.participation import CAME, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import visible_to

FACES = 12
ASK_AFTER = timedelta(hours=1)
"""The time between the end of a run and the question how it was."""
ASK_WITHIN = timedelta(days=1)
"""The time after the end of a run in which people are asked, at the end of their quiet hours at the earliest."""
LONGEST_RUN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class ThanksCount:
    """The number of people who thanked the organisers, and whether the viewer is one of them."""

    count: int
    mine: bool


def ran_with(person: Person, run: Run) -> tuple[list[PersonSummary], int]:
    """Return some of the others who came to a run and whom the person may see, and how many more there are.

    Only who was there reads it, so that nobody learns from it who was not. People whom an organiser added under another name are left out, and organisers who did not run too.
    """
    came = (
        select(summary_columns(), func.count().over().label("all_came"))
        .join(Participation, Participation.person_id == Person.id)
        .where(
            Participation.run_id == run.id,
            Participation.status.in_(CAME),
            Participation.display_name == "",
            Person.id != person.id,
            Person.state == "active",
            is_visible_to(person, Person.id),
        )
        .order_by(Participation.rank)
        .limit(FACES)
    )
    rows = db.session.execute(came).all()
    return [row.person for row in rows], (rows[0].all_came - len(rows)) if rows else 0


def thanks_of(person: Person, run: Run) -> ThanksCount:
    """Return how many people thanked the organisers of a run."""
    mine = func.coalesce(func.bool_or(Thanks.person_id == person.id), False)
    row = db.session.execute(select(func.count(), mine).where(Thanks.run_id == run.id)).one()
    return ThanksCount(*row)


def next_run(person: Person, run: Run) -> Run | None:
    """Return the next public run of the organiser of a run."""
    public = Run.organiser_id == run.organiser_id, Run.visibility == "public", Run.cancelled_at.is_(None)
    return db.session.scalar(
        select(Run)
        .where(*public, Run.starts_at > clock.now(), visible_to(person))
        .order_by(Run.starts_at, Run.id)
        .limit(1)
    )


def _count_thanks(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    run_ids = {one.subject_id for one in references}
    counts = select(Thanks.run_id, func.count()).where(Thanks.run_id.in_(run_ids)).group_by(Thanks.run_id)
    by_run: dict[uuid.UUID, int] = {row[0]: row[1] for row in db.session.execute(counts)}
    return {one.id: {"count": by_run[one.subject_id]} for one in references if one.subject_id in by_run}


THANKS = Words(_count_thanks, gone={"count": 0})
"""How many people thanked the organisers of a run (`count`)."""


def runs_to_recap(limit: int) -> list[Run]:
    """Return runs that ended a while ago whose people were not asked yet, locked; those of another worker are left out."""
    now = clock.now()
    query = (
        select(Run)
        .where(
            Run.starts_at.between(now - ASK_WITHIN - LONGEST_RUN, now - ASK_AFTER),
            Run.ends_at.between(now - ASK_WITHIN, now - ASK_AFTER),
            Run.cancelled_at.is_(None),
            Run.recap_at.is_(None),
        )
        .order_by(Run.starts_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Run)
    )
    return list(db.session.scalars(query))


def people_to_ask(run: Run, now: datetime) -> tuple[Select[Any], bool]:
    """Return a SELECT of the ids of people who came, want to be asked how it was and have no quiet hours now.

    The second value says whether there are others, who have quiet hours now.
    """
    came = (
        select(Person.id)
        .join(Participation, Participation.person_id == Person.id)
        .where(
            Participation.run_id == run.id,
            Participation.status.in_(CAME),
            Participation.added_by_organiser.is_(False),
            Person.recap_notices.is_(True),
        )
    )
    settings = came.with_only_columns(Person.timezone, Person.quiet_from, Person.quiet_to).distinct()
    quiet = [
        (timezone, begins, ends)
        for timezone, begins, ends in db.session.execute(settings)
        if QuietHours(begins, ends, ZoneInfo(timezone)).includes(now)
    ]
    if quiet:
        came = came.where(tuple_(Person.timezone, Person.quiet_from, Person.quiet_to).not_in(quiet))
    return came, bool(quiet)
