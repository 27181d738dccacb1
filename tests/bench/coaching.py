"""A coach with two hundred athletes, each with a plan of ten weeks."""

from __future__ import annotations

import uuid

from sqlalchemy import text

from hampa.coaching.cli import rebuild_sums
from hampa.people.models import Person
from hampa.platform.db import db
from tests.bench.world import vacuum

ATHLETES, DAYS = 200, 70

FILL_ATHLETES = """
WITH chosen AS (
    SELECT id, row_number() OVER (ORDER BY phone) AS n FROM people WHERE id <> :coach AND state = 'active'
    ORDER BY phone LIMIT :athletes
), records AS (
    INSERT INTO coaching_athletes (id, person_id, name, goal_race, goal_race_on)
    SELECT gen_random_uuid(), id, 'Athlete ' || n, 'Tehran 42', current_date + 40 FROM chosen RETURNING id, person_id
), coaches AS (
    INSERT INTO coaching_coaches (id, athlete_id, coach_id, person_id, role, activities, plans, availability, checkins)
    SELECT gen_random_uuid(), id, :coach, person_id, 'head', true, true, true, true FROM records RETURNING athlete_id
), plans AS (
    INSERT INTO training_plans (id, name, status) SELECT md5(id::text)::uuid, 'Marathon', 'active' FROM records RETURNING id
), coached AS (
    INSERT INTO coaching_plans (id, plan_id, athlete_id, race_on)
    SELECT gen_random_uuid(), md5(id::text)::uuid, id, current_date + 40 FROM records RETURNING plan_id
), members AS (
    INSERT INTO training_plan_members (id, plan_id, person_id, role, status)
    SELECT gen_random_uuid(), md5(id::text)::uuid, person_id, 'owner', 'joined' FROM records RETURNING plan_id
), times AS (
    INSERT INTO coaching_availability (id, person_id, days)
    SELECT gen_random_uuid(), person_id, '[60, 60, 0, 90, null, 120, null]' FROM records RETURNING person_id
)
INSERT INTO coaching_sessions (id, plan_id, day, kind, distance_m, done_at, done_distance_m)
SELECT gen_random_uuid(), md5(records.id::text)::uuid, current_date - 35 + n, 'run', 8000 + 500 * (n % 9),
    CASE WHEN n < 35 AND n % 4 <> 0 THEN now() END, CASE WHEN n < 35 AND n % 4 <> 0 THEN 8200 END
FROM records, generate_series(0, :days - 1) AS n
"""


def fill_athletes(coach: Person) -> uuid.UUID:
    """Let a person coach others, once; return the id of one athlete."""
    if not db.session.scalar(text("SELECT count(*) FROM coaching_athletes")):
        # The rows that refer to others are made in one statement: their constraints are looked at when it ends.
        db.session.execute(text(FILL_ATHLETES), {"coach": coach.id, "athletes": ATHLETES, "days": DAYS})
        db.session.commit()
        rebuild_sums()
        vacuum()
    return db.session.execute(text("SELECT id FROM coaching_athletes ORDER BY name LIMIT 1")).scalar_one()
