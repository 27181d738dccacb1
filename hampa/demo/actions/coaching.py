"""Coaches of the demo: a member of a crew whom its first leader coaches, and somebody without an account.

There is a plan with sessions that were done, missed, moved and are to come, notes, a file, and a summary.
"""

import datetime as dt
import hashlib
import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hampa.coach_notes.models import CoachNote, CoachNoteVersion
from hampa.coach_summaries.actions.writing import approve_summary, write_summary
from hampa.coaching.models.athletes import HEAD, RIGHTS, Athlete, Coach, CoachingEvent
from hampa.coaching.models.sessions import CoachedPlan, PlanSession
from hampa.coaching.queries.owners import ATHLETE
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.demo import data
from hampa.demo.actions.crews import IDS
from hampa.demo.actions.people import demo_id
from hampa.files.models import StoredFile
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.locale.i18n import use_locale
from hampa.platform.media import storage
from hampa.training.models.activities import CREW, RUN, Activity
from hampa.training.models.plans import JOINED, MEMBERS, OWNER, Milestone, PlanMember, TrainingPlan

WEEKS_BACK, WEEKS_AHEAD = 3, 4
MORNING, PACE_S = dt.time(5, 20), 350
METRES = (6_000, 8_000, 14_000)
"""The sessions of a week, on its first, third and sixth day."""


def make_coaching() -> None:
    """Add the coaches of the demo, each once."""
    for number, sample in enumerate(data.COACHING):
        query = select(CrewMembership.person_id).where(
            CrewMembership.crew_id == IDS[sample.crew], CrewMembership.status == ACTIVE
        )
        ids = db.session.scalars(query.order_by(CrewMembership.joined_at, CrewMembership.id).limit(2)).all()
        if len(ids) == 2 and db.session.get(Athlete, demo_id("athlete", 2 * number)) is None:
            coach, runner = (db.session.get_one(Person, one) for one in ids)
            if _coaches(coach, runner):
                continue
            _make(number, sample, coach, runner)


def _coaches(coach: Person, runner: Person) -> bool:
    query = select(Coach.id).where(Coach.coach_id == coach.id, Coach.person_id == runner.id)
    return db.session.scalar(query) is not None


def _make(number: int, sample: data.SampleCoaching, coach: Person, runner: Person) -> None:
    crew = data.CREWS[sample.crew]
    today = clock.now().astimezone(ZoneInfo(crew.timezone)).date()
    race_on = today + timedelta(weeks=WEEKS_AHEAD)
    goal = {"goal_race": sample.race, "goal_race_on": race_on}
    record = Athlete(id=demo_id("athlete", 2 * number), person_id=runner.id, name=runner.name, **goal)
    alone = Athlete(id=demo_id("athlete", 2 * number + 1), name=sample.alone, **goal)
    plan = TrainingPlan(id=demo_id("coached-plan", number), name=sample.plan, visibility=MEMBERS, deadline=race_on)
    db.session.add_all([record, alone, plan])
    db.session.flush()
    rights = dict.fromkeys(RIGHTS, True)
    db.session.add_all(
        [
            Coach(athlete_id=record.id, coach_id=coach.id, person_id=runner.id, role=HEAD, **rights),
            Coach(athlete_id=alone.id, coach_id=coach.id, role=HEAD),
            CoachedPlan(plan_id=plan.id, athlete_id=record.id, race_on=race_on),
            PlanMember(plan_id=plan.id, person_id=runner.id, role=OWNER, status=JOINED),
            Milestone(plan_id=plan.id, name=sample.milestones[0], due_on=today - timedelta(days=2)),
            Milestone(plan_id=plan.id, name=sample.milestones[1], due_on=today + timedelta(days=12)),
            *_told(record.id, plan.id, coach, sample, today),
        ]
    )
    _add_sessions(plan.id, sample, today, runner)
    _add_file(number, record.id, coach, sample)
    db.session.flush()
    with use_locale(crew.locale, crew.timezone):
        summary = write_summary(coach, ATHLETE, record.id)
        approve_summary(coach, summary.id, is_shared=True)


def _add_sessions(plan_id: uuid.UUID, sample: data.SampleCoaching, today: dt.date, runner: Person) -> None:
    """Add the sessions of the weeks before and after today: all but one of the past ones were done, as an activity."""
    rows, activities = [], []
    for week in range(-WEEKS_BACK, WEEKS_AHEAD):
        for place, (after, metres, text) in enumerate(zip((0, 2, 5), METRES, sample.sessions, strict=True)):
            day = today + timedelta(days=7 * week + after)
            row = PlanSession(plan_id=plan_id, day=day, kind=RUN, distance_m=metres, effort=3 + 2 * place, text=text)
            if day < today and (week, place) != (-1, 1):
                row.answered_at, row.felt_effort, row.feeling = clock.now() - (today - day), 4 + place, "good"
                activities.append(_activity(runner, day, metres - 300 * place))
                row.activity_id = activities[-1].id
            rows.append(row)
    latest = [row for row in rows if row.activity_id is not None][-1]
    latest.feeling, latest.line, latest.felt_effort = "heavy", sample.line, 8
    db.session.add_all(activities)
    db.session.flush()
    db.session.add_all(rows)


def _activity(runner: Person, day: dt.date, metres: int) -> Activity:
    """Return what a runner did for a session, in the morning of its day."""
    begun = dt.datetime.combine(day, MORNING, ZoneInfo(runner.timezone)).astimezone(dt.UTC)
    seconds = round(metres * PACE_S / 1_000)
    return Activity(
        id=ids.new_id(),
        person_id=runner.id,
        kind=RUN,
        started_at=begun,
        ended_at=begun + timedelta(seconds=seconds),
        timezone=runner.timezone,
        day=day,
        duration_s=seconds,
        distance_m=metres,
        visibility=CREW,
    )


def _told(
    athlete_id: uuid.UUID, plan_id: uuid.UUID, coach: Person, sample: data.SampleCoaching, today: dt.date
) -> list[Any]:
    """Return a change of the plan, and the notes of the coach with their first versions."""
    days = {"before": {"day": f"{today - timedelta(days=4)}"}, "after": {"day": f"{today - timedelta(days=3)}"}}
    whose = {"athlete_id": athlete_id, "plan_id": plan_id, "person_id": coach.id}
    rows: list[Any] = [CoachingEvent(**whose, what="moved", why=sample.why, **days)]
    for text, is_shared in ((sample.private, False), (sample.shared, True)):
        note = CoachNote(owner_kind=ATHLETE, owner_id=athlete_id, author_id=coach.id, text=text, is_shared=is_shared)
        db.session.add(note)
        note.editor_id, note.edited_at = coach.id, clock.now()
        db.session.flush()
        rows.append(CoachNoteVersion(note_id=note.id, number=1, text=text, editor_id=coach.id, is_shared=is_shared))
    return rows


def _add_file(number: int, athlete_id: uuid.UUID, coach: Person, sample: data.SampleCoaching) -> None:
    content, file_id = sample.content.encode(), demo_id("coach-file", number)
    name = f"documents/{file_id}/demo"
    storage.put(name, content)
    values = {"owner_kind": ATHLETE, "owner_id": athlete_id, "uploader_id": coach.id, "kind": "txt", "state": "ready"}
    size = {"size": len(content), "digest": hashlib.sha256(content).hexdigest(), "object_name": name}
    db.session.add(StoredFile(id=file_id, name=sample.file, **values, **size))
