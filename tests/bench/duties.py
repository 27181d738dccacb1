"""The duties of a crew for a year: fifty roles, most of them on Saturdays, some each evening, with ten thousand bookings.

Beside them half a year of close-outs, messages, a roster and a board. Filled by SQL like the rest of the world.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select, text

from hampa.boards.models import Board
from hampa.boards.queries import token_of
from hampa.closeouts.models import CloseOut
from hampa.duties.models import Booking, Roster, Schedule
from hampa.duties.queries.shifts import start_token
from hampa.platform import clock
from hampa.platform.db import db
from tests.bench.world import vacuum

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

FILL_CLOSE_OUTS = """
INSERT INTO duty_closeouts (id, crew_id, day, timezone, since, until, ended_at, remind_at, had_incidents, closed_at, said)
SELECT gen_random_uuid(), :crew_id, day, 'Asia/Tehran', day, day + interval '1 day', day + interval '8 hours',
       day + interval '10 hours', CASE WHEN week > 0 THEN false END, CASE WHEN week > 0 THEN now() END, (week > 0)::int
FROM generate_series(0, 25) week, LATERAL (SELECT date_trunc('week', now())::date - 2 - 7 * week AS day) saturdays
"""
FILL_MESSAGES = """
INSERT INTO duty_broadcasts (id, crew_id, sender_id, text, audience, timezone, channels, state, send_at, approved_at,
                           finished_at, people)
SELECT gen_random_uuid(), :crew_id, author.person_id, 'Message ' || n, 'all', 'Asia/Tehran', '["push"]', 'sent',
       now() - n * interval '1 day', now(), now(), 400
FROM generate_series(1, 60) n,
     (SELECT person_id FROM crew_memberships WHERE crew_id = :crew_id ORDER BY joined_at LIMIT 1) author
"""


FILLINGS = {
    "duty_schedules": (FILL_SCHEDULES, FILL_BOOKINGS),
    "duty_closeouts": (FILL_CLOSE_OUTS,),
    "duty_broadcasts": (FILL_MESSAGES,),
}


def fill_duties(crew_id: uuid.UUID) -> None:
    """Give a crew its schedules and their bookings and so on, whatever it lacks; inside an app context."""
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    filled = False
    for table, fillings in FILLINGS.items():
        if not db.session.scalar(text(f"SELECT count(*) FROM {table} WHERE crew_id = :crew_id"), {"crew_id": crew_id}):
            filled = True
            for filling in fillings:
                db.session.execute(text(filling), {"crew_id": crew_id})
    if db.session.scalar(select(Board.id).where(Board.crew_id == crew_id)) is None:
        db.session.add(Board(crew_id=crew_id))
    day = next_saturday()
    if db.session.scalar(select(Roster.id).where(Roster.crew_id == crew_id, Roster.day == day)) is None:
        db.session.add(Roster(crew_id=crew_id, day=day, published_at=clock.now(), publications=1))
    db.session.commit()
    if filled:
        vacuum()


def addresses(crew_id: uuid.UUID) -> tuple[list[str], list[str]]:
    """Return the pages of the schedules of a crew, and of the next shift of each; inside an app context."""
    rows = db.session.scalars(select(Schedule).where(Schedule.crew_id == crew_id).order_by(Schedule.name)).all()
    soon = clock.now() + dt.timedelta(hours=1)
    shifts = [(row.id, row.shift_rule.next_starts(soon, 1)[0]) for row in rows]
    return (
        [f"/schedules/{row.id}" for row in rows],
        [f"/schedules/{schedule_id}/shifts/{start_token(start)}" for schedule_id, start in shifts],
    )


def next_saturday() -> dt.date:
    """Return the day of the next forty shifts of the crew."""
    today = clock.now().date()
    return today + dt.timedelta(days=(5 - today.weekday()) % 7 or 7)


def occasion_addresses(crew_id: uuid.UUID) -> dict[str, str]:
    """Return the pages of rosters, swaps, close-outs, messages and the board of a crew; inside an app context."""
    coming = select(Booking.id).join(Schedule).where(Schedule.crew_id == crew_id, Booking.begins_at > clock.now())
    latest = select(CloseOut.id).where(CloseOut.crew_id == crew_id).order_by(CloseOut.day.desc()).limit(1)
    board = db.session.scalars(select(Board).where(Board.crew_id == crew_id)).one()
    return {
        "grid": f"/rosters/crew/{crew_id}",
        "roster": f"/rosters/crew/{crew_id}/{next_saturday()}",
        "swap": f"/duties/bookings/{db.session.scalar(coming.order_by(Booking.begins_at).limit(1))}/swap",
        "closeout": f"/duties/close-outs/{db.session.scalar(latest)}",
        "messages": f"/duties/messages?crew={crew_id}",
        "board": f"/board/{token_of(board)}",
    }
