"""A crew as large as one can be: five thousand members and a year of their check-ins, with its published numbers.

Filled by SQL like the rest of the world; the triggers count members and note the periods.
"""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

from sqlalchemy import text

from hampa.checkin_imports.actions import store_file
from hampa.checkin_imports.forms.reading import read_file
from hampa.checkin_imports.models import MOST_GROUPS, MOST_ROWS
from hampa.crews.models import MOST_MEMBERS
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.trends.actions import publish_numbers
from tests.bench.world import vacuum

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


FILL_CONSENTS = """
INSERT INTO check_in_choices (id, person_id, crew_id, asking)
SELECT gen_random_uuid(), person_id, crew_id, 'shared' FROM crew_memberships
WHERE crew_id = :crew_id AND role = 'member' ORDER BY joined_at DESC LIMIT :people
ON CONFLICT DO NOTHING
"""

FILL_DRIFTS = """
INSERT INTO drifts (id, crew_id, person_id, reason, basis, since, periods)
SELECT gen_random_uuid(), crew_id, person_id, 'dropped', 'shared', now()::date - 21 - n::integer % 40, 3
FROM (SELECT crew_id, person_id, row_number() OVER (ORDER BY id) AS n FROM check_in_choices
      WHERE crew_id = :crew_id AND asking = 'shared') AS c
ON CONFLICT DO NOTHING
"""


def fill_drifts(crew_id: uuid.UUID, people: int) -> None:
    """Let so many members of a crew be in the list of who might like to be asked."""
    for statement in (FILL_CONSENTS, FILL_DRIFTS):
        db.session.execute(text(statement), {"crew_id": crew_id, "people": people})
    db.session.commit()


def store_import(person: Person) -> uuid.UUID:
    """Store the largest file of the older version that somebody can bring, and return the id of its preview."""
    day = clock.now().date() - timedelta(days=2 * MOST_ROWS)
    scores = {"productive": 5, "satisfied": 6, "body": 7, "care": 4}
    items = [
        {"date": (day + timedelta(days=n)).isoformat(), "group": f"Group {n % MOST_GROUPS}", **scores}
        for n in range(MOST_ROWS)
    ]
    found = read_file(json.dumps(items).encode(), clock.now().date())
    import_id = store_file(person, found.rows, found.bad)
    db.session.commit()
    return import_id


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
    vacuum()
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    publish_numbers(WEEKS + 1)
    db.session.commit()
    return crew_id
