"""A crew as large as one can be: five thousand members and a year of their check-ins, with its published numbers.

Filled by SQL like the rest of the world; the triggers count members and note the periods.
"""

from __future__ import annotations

import uuid

from sqlalchemy import text

from hampa.crews.models import MOST_MEMBERS
from hampa.platform.db import db
from hampa.trends.actions import publish_numbers

WEEKS = 52

FILL_PEOPLE = """
INSERT INTO people (id, phone, name, city, locale, timezone, calendar)
SELECT gen_random_uuid(), '+98936' || lpad(n::text, 7, '0'), 'Member ' || n, 'Tehran', 'en', 'Asia/Tehran', 'gregorian'
FROM generate_series(1, :people) n
"""

FILL_CREW = """
INSERT INTO crews (id, name, timezone, max_members, is_listed, joining)
VALUES (:crew_id, 'As many as can be', 'Asia/Tehran', :members, true, 'open')
"""

FILL_MEMBERS = """
INSERT INTO crew_memberships (id, crew_id, person_id, role, joined_at)
SELECT gen_random_uuid(), :crew_id, id, CASE WHEN n = 1 THEN 'admin' ELSE 'member' END,
       now() - interval '2 years' + n * interval '1 minute'
FROM (SELECT id, row_number() OVER (ORDER BY phone) AS n FROM people ORDER BY phone LIMIT :members) AS p ORDER BY n
"""

FILL_CHECK_INS = """
INSERT INTO check_ins (id, person_id, crew_id, period_from, period_to, ends_at, productive, satisfied, body, care,
                       sharing, counted_from)
SELECT gen_random_uuid(), person_id, :crew_id, day, day + 7, (day + 7)::timestamp AT TIME ZONE 'Asia/Tehran',
       1 + abs(hashint4(n * 7 + week)) % 10, 1 + abs(hashint4(n * 11 + week)) % 10, 1 + abs(hashint4(n * 13 + week)) % 10,
       1 + abs(hashint4(n * 17 + week)) % 10, (ARRAY['crew', 'numbers', 'private'])[1 + (n + week) % 3], 5
FROM (SELECT person_id, row_number() OVER (ORDER BY joined_at)::integer AS n FROM crew_memberships
      WHERE crew_id = :crew_id) AS m
CROSS JOIN (SELECT week, date_trunc('week', now())::date - 7 * week AS day FROM generate_series(0, :weeks) week) AS w
"""


def fill_large_crew() -> uuid.UUID:
    """Make the crew, to which those who look belong as well, and return its id; inside an app context."""
    crew_id = uuid.uuid4()
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    people = db.session.scalar(text("SELECT count(*) FROM people")) or 0
    db.session.execute(text(FILL_PEOPLE), {"people": max(0, MOST_MEMBERS - people)})
    db.session.execute(text(FILL_CREW), {"crew_id": crew_id, "members": MOST_MEMBERS})
    db.session.execute(text(FILL_MEMBERS), {"crew_id": crew_id, "members": MOST_MEMBERS})
    db.session.execute(text(FILL_CHECK_INS), {"crew_id": crew_id, "weeks": WEEKS})
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    publish_numbers(WEEKS + 1)
    db.session.commit()
    return crew_id
