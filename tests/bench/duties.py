"""The duties of a crew for a year: fifty roles, most of them on Saturdays, some each evening, with ten thousand bookings.

Filled by SQL like the rest of the world.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select, text

from hampa.duties.models import Schedule
from hampa.duties.queries.shifts import start_token
from hampa.platform import clock
from hampa.platform.db import db

FILL_SCHEDULES = """
INSERT INTO duty_schedules (id, crew_id, name, role, rule, at, timezone, start_date, end_date, min_people, max_people,
                            published_at)
SELECT gen_random_uuid(), :crew_id, 'Role ' || n,
       (ARRAY['leader', 'marshal', 'timekeeper', 'scanner', 'sweep', 'first_aid', 'other'])[1 + n % 7],
       CASE WHEN n < 40 THEN 'FREQ=WEEKLY;BYDAY=SA' ELSE '0 18 * * *' END, CASE WHEN n < 40 THEN time '06:00' END,
       'Asia/Tehran', current_date - 182, current_date + 183, 2, 5, now()
FROM generate_series(0, 49) n
"""

FILL_BOOKINGS = """
WITH roles AS (SELECT id, row_number() OVER (ORDER BY name) - 1 AS n, at IS NOT NULL AS weekly FROM duty_schedules
               WHERE crew_id = :crew_id),
     people AS (SELECT person_id, row_number() OVER (ORDER BY joined_at) - 1 AS n FROM crew_memberships
                WHERE crew_id = :crew_id ORDER BY joined_at LIMIT 400),
     saturdays AS (SELECT date_trunc('week', now())::date + 5 + 7 * week AS day, week FROM generate_series(-26, 26) week),
     places AS (
         SELECT roles.id, (day + time '06:00') AT TIME ZONE 'Asia/Tehran' AS at, place,
                (week + 26) * 160 + roles.n * 4 + place AS n
         FROM saturdays CROSS JOIN roles CROSS JOIN generate_series(1, 4) place
         WHERE roles.weekly AND day BETWEEN current_date - 182 AND current_date + 183
         UNION ALL
         SELECT roles.id, (current_date + evening + time '18:00') AT TIME ZONE 'Asia/Tehran', 1, (evening + 90) * 50 + roles.n
         FROM generate_series(-90, 89) evening CROSS JOIN roles WHERE NOT roles.weekly
     )
INSERT INTO duty_bookings (id, schedule_id, starts_at, begins_at, ends_at, place, person_id, attendance, created_at)
SELECT gen_random_uuid(), places.id, at, at, at + interval '2 hours', place, people.person_id,
       CASE WHEN at < now() THEN (ARRAY['attended', 'late', 'no_show', 'attended'])[1 + places.n % 4] END,
       least(now(), at - interval '1 hour' * (places.n % 300))
FROM places JOIN people ON people.n = places.n % 400
"""


def fill_duties(crew_id: uuid.UUID) -> None:
    """Give a crew its schedules and their bookings, once; inside an app context."""
    if db.session.scalar(select(Schedule.id).limit(1)) is not None:
        return
    db.session.execute(text(FILL_SCHEDULES), {"crew_id": crew_id})
    db.session.execute(text(FILL_BOOKINGS), {"crew_id": crew_id})
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def addresses(crew_id: uuid.UUID) -> tuple[list[str], list[str]]:
    """Return the pages of the schedules of a crew, and of the next shift of each; inside an app context."""
    rows = db.session.scalars(select(Schedule).where(Schedule.crew_id == crew_id).order_by(Schedule.name)).all()
    soon = clock.now() + dt.timedelta(hours=1)
    shifts = [(row.id, row.shift_rule.next_starts(soon, 1)[0]) for row in rows]
    return (
        [f"/schedules/{row.id}" for row in rows],
        [f"/schedules/{schedule_id}/shifts/{start_token(start)}" for schedule_id, start in shifts],
    )
