"""The world of training: ten years of one person, whom others see, and a crew with badges, a challenge and a timeline."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import delete, select, text

from hampa.badges.actions.awarding import check_people
from hampa.badges.models import BadgeCheck
from hampa.badges.queries.checking import SLICE
from hampa.challenges.models import Challenge
from hampa.crews.models import Crew
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.models.gear import Gear
from hampa.training.models.goals import Goal
from hampa.training.models.plans import PlanMember, TrainingPlan
from tests.factories.badges import make_award, make_badge, make_challenge
from tests.factories.base import made
from tests.factories.training import make_plan

GOALS = (("distance", "week", 30_000), ("time", "month", 90_000), ("times", "until", 6_000))
MEMBERS, BADGES = 400, 12
"""Members of the crew who take part in its challenge; badges of the crew."""

FILL_ACTIVITIES = """
INSERT INTO activities (id, person_id, kind, started_at, ended_at, timezone, day, duration_s, distance_m, visibility, plan_id)
SELECT gen_random_uuid(), :person_id, (ARRAY['run', 'run', 'ride', 'strength'])[1 + n % 4], at, at + interval '1 hour',
       'Asia/Tehran', (at AT TIME ZONE 'Asia/Tehran')::date, 3000 + n % 600, 8000 + n % 4000,
       (ARRAY['me', 'everyone'])[1 + n % 2], CASE WHEN n % 3 = 0 THEN CAST(:plan_id AS uuid) END
FROM generate_series(1, 5000) n, LATERAL (SELECT now() - n * interval '17 hours' AS at) began
"""
USE_GEAR = """
UPDATE activities SET gear_id = (CAST(:gear AS uuid[]))[1 + mod(duration_s, 3)]
WHERE person_id = :person_id AND kind = 'run'
"""
FILL_TIMELINE = """
INSERT INTO timeline_entries (id, person_id, kind, subject_id, plan_id, happened_at)
SELECT gen_random_uuid(), person_id, 'activity_logged', id, plan_id, started_at FROM activities WHERE person_id = :person_id
"""
FILL_CREW = """
INSERT INTO timeline_entries (id, person_id, kind, subject_id, crew_id, happened_at)
SELECT gen_random_uuid(), person_id, 'crew_joined', crew_id, crew_id, joined_at FROM crew_memberships
WHERE crew_id = :crew_id AND status = 'active'
"""
FILL_CHALLENGE = """
INSERT INTO challenge_entries (id, challenge_id, person_id, value)
SELECT gen_random_uuid(), :challenge_id, person_id, 1000 * (row_number() OVER (ORDER BY person_id))
FROM crew_memberships WHERE crew_id = :crew_id AND status = 'active' LIMIT :members
"""


@dataclass(frozen=True)
class TrainingPaths:
    """The paths of what there is."""

    person: str
    plan: str
    crew: str
    challenge: str

    @property
    def plan_id(self) -> uuid.UUID:
        """The id of the plan."""
        return uuid.UUID(self.plan.rpartition("/")[2])


def fill_training(person: Person, crew: Crew) -> TrainingPaths:
    """Give a person ten years of training and a plan, and their crew badges and a challenge, once."""
    if not db.session.scalar(text("SELECT count(*) FROM activities")):
        plan = make_plan(person, visibility="public")
        db.session.execute(text(FILL_ACTIVITIES), {"person_id": person.id, "plan_id": plan.id})
        db.session.execute(text(FILL_TIMELINE), {"person_id": person.id})
        db.session.execute(text(FILL_CREW), {"crew_id": crew.id})
        for number in range(BADGES):
            badge = make_badge(crew, criteria={"threshold": 2 + number})
            if number % 2:
                make_award(badge, person)
        gear = [made(Gear, person_id=person.id, name=f"Shoes {number}", kind="shoes").id for number in range(3)]
        db.session.execute(text(USE_GEAR), {"gear": gear, "person_id": person.id})
        for metric, period, target in GOALS:
            first = clock.now().date() if period == "week" else dt.date(2020, 1, 1)
            last = {} if period != "until" else {"ends_on": dt.date(2100, 1, 1)}
            made(Goal, person_id=person.id, metric=metric, period=period, target=target, starts_on=first, **last)
        challenge = make_challenge(crew)
        values = {"challenge_id": challenge.id, "crew_id": crew.id, "members": MEMBERS}
        db.session.execute(text(FILL_CHALLENGE), values)
        db.session.commit()
    plans = (
        select(TrainingPlan.id)
        .join(PlanMember, PlanMember.plan_id == TrainingPlan.id)
        .where(TrainingPlan.visibility == "public")
    )
    plan_id = db.session.scalar(plans.where(PlanMember.person_id == person.id))
    challenge_id = db.session.scalar(select(Challenge.id).where(Challenge.crew_id == crew.id))
    return TrainingPaths(
        f"/people/{person.id}", f"/plans/{plan_id}", f"/crews/{crew.id}", f"/challenges/{challenge_id}"
    )


def look_for_badges() -> None:
    """Look at everybody who did something, as the worker does within a minute of it."""
    people = db.session.scalars(select(BadgeCheck.person_id).distinct()).all()
    for first in range(0, len(people), SLICE):
        some = people[first : first + SLICE]
        check_people(some)
        db.session.execute(delete(BadgeCheck).where(BadgeCheck.person_id.in_(some)))
        db.session.commit()
