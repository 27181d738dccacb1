"""Half a year of training of the members of the first crew of the demo, and a plan that some of them share.

What somebody did on a day comes from dice that are thrown for the day, so that each start adds what is new alone.
"""

import datetime as dt
import hashlib
import random
import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from hampa.coach_notes.models import CoachNote, CoachNoteVersion
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.demo import data
from hampa.demo.actions.crews import IDS
from hampa.demo.actions.people import demo_id
from hampa.files.models import StoredFile
from hampa.leaderboards.models.standings import Standing
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.training.models.activities import COMPANIONS, CREW, EVERYONE, ME, RIDE, RUN, STRENGTH, TRAIL, WALK, Activity
from hampa.training.models.gear import Gear
from hampa.training.models.plans import CONTRIBUTOR, JOINED, MEMBERS, OWNER, Milestone, PlanMember, TrainingPlan

DAYS = 182
TRAINED = 6
"""Members who write down what they do."""
KINDS = {RUN: (6, 14, 340), TRAIL: (8, 18, 460), WALK: (3, 7, 640), RIDE: (15, 40, 170), STRENGTH: (0, 0, 0)}
"""The least and the most kilometres of each kind, and the seconds a kilometre."""
CIRCLES = (CREW, EVERYONE, CREW, ME, COMPANIONS, EVERYONE)
"""Who sees the activities of each of these members."""
STEPS = ((-30, True), (14, False), (28, False))
"""In how many days each milestone of the plan is due, and whether it is reached."""


def make_training() -> None:
    """Add what is missing of the activities of the last half year, and the plan."""
    sample = data.CREWS[0]
    members = db.session.scalars(
        select(CrewMembership.person_id)
        .where(CrewMembership.crew_id == IDS[0], CrewMembership.status == ACTIVE)
        .order_by(CrewMembership.joined_at, CrewMembership.id)
        .limit(TRAINED)
    ).all()
    zone = ZoneInfo(sample.timezone)
    today = clock.now().astimezone(zone).date()
    plan_id = _make_plan(list(members), today)
    _make_gear(members[0], today)
    for number, person_id in enumerate(members):
        places: list[dict[str, Any]] = [
            {"crew_id": IDS[0]},
            {},
            *([{"plan_id": plan_id}] if number < len(STEPS) else []),
        ]
        for place, where in enumerate(places):
            standing = {"id": demo_id(f"standing-{place}", number), "person_id": person_id, **where}
            db.session.execute(insert(Standing).values(**standing).on_conflict_do_nothing())
    latest = select(func.max(Activity.day)).where(Activity.person_id.in_(members))
    since = max(db.session.scalar(latest) or dt.date.min, today - timedelta(days=DAYS))
    days = [since + timedelta(days=number) for number in range(1, (today - since).days)]
    rows = [
        row
        for number, person_id in enumerate(members)
        for day in days
        if (row := _activity(number, person_id, day, zone, plan_id if number < len(STEPS) else None))
    ]
    if rows:
        db.session.execute(insert(Activity).values(rows).on_conflict_do_nothing())


def _make_gear(person_id: uuid.UUID, today: dt.date) -> None:
    for number, (name, limit_m, kinds) in enumerate(
        zip(data.TRAINING.gear, (700_000, 600_000), ([RUN], [TRAIL]), strict=True)
    ):
        row = {"id": demo_id("gear", number), "person_id": person_id, "name": name, "limit_m": limit_m}
        more = {"default_kinds": kinds, "since": today - timedelta(days=DAYS)}
        db.session.execute(insert(Gear).values(**row, **more).on_conflict_do_nothing())


def _make_plan(members: list[uuid.UUID], today: dt.date) -> uuid.UUID:
    plan_id = demo_id("training-plan", 0)
    plan = {
        "id": plan_id,
        "name": data.TRAINING.plan,
        "description": data.TRAINING.about,
        "visibility": MEMBERS,
        "deadline": today + timedelta(days=90),
    }
    made = insert(TrainingPlan).values(**plan).on_conflict_do_nothing().returning(TrainingPlan.id)
    if db.session.scalar(made) is None:
        return plan_id
    for number, person_id in enumerate(members[: len(STEPS)]):
        role = OWNER if number == 0 else CONTRIBUTOR
        row = {"id": demo_id("training-plan-member", number), "plan_id": plan_id, "person_id": person_id, "role": role}
        db.session.execute(insert(PlanMember).values(**row, status=JOINED).on_conflict_do_nothing())
    for number, (name, (away, is_done)) in enumerate(zip(data.TRAINING.steps, STEPS, strict=True)):
        row = {"id": demo_id("training-milestone", number), "plan_id": plan_id, "name": name}
        times = {"due_on": today + timedelta(days=away), "done_at": clock.now() if is_done else None}
        db.session.execute(insert(Milestone).values(**row, **times).on_conflict_do_nothing())
    _add_notes(plan_id, members[:2])
    return plan_id


def _add_notes(plan_id: uuid.UUID, members: list[uuid.UUID]) -> None:
    """Let the first members write notes on the plan, and add the list of what to bring as a file."""
    for number, (person_id, text) in enumerate(zip(members, data.TRAINING.notes, strict=False)):
        row = {"id": demo_id("coach-note", number), "owner_kind": "plan", "owner_id": plan_id, "author_id": person_id}
        edited = {"editor_id": person_id, "edited_at": clock.now(), "pinned_at": clock.now() if number == 0 else None}
        db.session.execute(
            insert(CoachNote).values(**row, **edited, text=text, is_shared=True).on_conflict_do_nothing()
        )
        version = {"id": demo_id("coach-note-version", number), "note_id": row["id"], "number": 1, "text": text}
        version |= {"editor_id": person_id, "is_shared": True}
        db.session.execute(insert(CoachNoteVersion).values(**version).on_conflict_do_nothing())
    content, file_id = data.TRAINING.content.encode(), demo_id("stored-file", 0)
    name = f"documents/{file_id}/demo"
    storage.put(name, content)
    row = {"id": file_id, "owner_kind": "plan", "owner_id": plan_id, "uploader_id": members[0], "kind": "txt"}
    more = {"size": len(content), "digest": hashlib.sha256(content).hexdigest(), "object_name": name, "state": "ready"}
    db.session.execute(insert(StoredFile).values(**row, **more, name=data.TRAINING.file).on_conflict_do_nothing())


def _activity(
    number: int, person_id: uuid.UUID, day: dt.date, zone: ZoneInfo, plan_id: uuid.UUID | None
) -> dict[str, Any] | None:
    """Return what a member did on a day, None for a day of rest."""
    dice = random.Random(f"{number}-{day}")  # noqa: S311 - no secret
    if dice.random() > 0.55 - 0.05 * number:
        return None
    kind = dice.choices(list(KINDS), (6, 1, 1, 1, 2))[0]
    least, most, pace = KINDS[kind]
    km = dice.randint(10 * least, 10 * most) / 10
    seconds = round(km * pace * dice.uniform(0.95, 1.08)) or dice.randint(25, 60) * 60
    started_at = dt.datetime.combine(day, dt.time(dice.choice((5, 6, 6, 17, 18)), dice.randint(0, 59)), zone)
    started_at = started_at.astimezone(dt.UTC)
    return {
        "id": demo_id(f"activity-{day}", number),
        "person_id": person_id,
        "plan_id": plan_id if kind in (RUN, TRAIL) else None,
        "kind": kind,
        "started_at": started_at,
        "ended_at": started_at + timedelta(seconds=seconds + dice.choice((0, 0, 0, 180))),
        "timezone": zone.key,
        "day": day,
        "duration_s": seconds,
        "distance_m": round(km * 1_000) or None,
        "climb_m": dice.randint(150, 700) if kind == TRAIL else None,
        "effort": dice.randint(2, 8),
        "feeling": dice.choice(("great", "good", "good", "fair", "heavy")),
        "visibility": CIRCLES[number],
        "gear_id": demo_id("gear", 0) if number == 0 and kind == RUN else None,
    }
