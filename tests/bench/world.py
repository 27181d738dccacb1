"""The worlds that are measured: databases with a given number of people, runs and participations.

Filled by SQL, since a hundred thousand runs through the pages would take an hour; counts are kept as the actions
keep them.
"""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select, text

from hampa.auth.actions import sessions as auth
from hampa.people.models import Person
from hampa.platform.db import db

PEOPLE = 2000
FACES_A_RUN = 6
RUNS_WITH_FACES = 100_000
"""The soonest ones: lists show no others, and a million times six would take longer than all measuring."""

FILL_PEOPLE = """
INSERT INTO people (id, phone, name, city, locale, timezone, calendar)
SELECT gen_random_uuid(), '+98935' || lpad(n::text, 7, '0'), 'Runner ' || n, 'Tehran', 'en', 'Asia/Tehran', 'gregorian'
FROM generate_series(1, :people) n
"""

FILL_RUNS = """
WITH organisers AS (SELECT id, row_number() OVER () - 1 AS place FROM people)
INSERT INTO runs (id, organiser_id, title, description, starts_at, starts_local, timezone, place, distance_km,
                  level, terrain, paces, capacity, visibility, short_code, search, taken, next_rank, place_key,
                  latitude, longitude, spot_latitude, spot_longitude, small_cell, cell, wide_cell, widest_cell)
SELECT gen_random_uuid(), organisers.id, 'Morning loop number ' || n, 'Two easy laps, tea afterwards.',
       at, at AT TIME ZONE 'Asia/Tehran', 'Asia/Tehran', 'Park ' || n % 500, 5 + n % 20,
       (ARRAY['all', 'beginner', 'regular', 'advanced'])[1 + n % 4], (ARRAY['road', 'trail', 'track', 'mixed'])[1 + n % 4],
       ARRAY[400 + n % 60],
       CASE WHEN n % 3 = 0 THEN NULL ELSE 20 END, 'public', 'bench' || lpad(n::text, 9, '0'),
       array_to_tsvector(ARRAY['morning', 'loop', 'number', n::text, 'park', 'p' || n % 500, 'two', 'easy', 'laps',
                               CASE WHEN n % 5 = 0 THEN 'tea' ELSE 'coffee' END, 'runner', 'r' || n % 2000]),
       0, 1, 'park' || n % 500, north, east, north, east,
       floor((north + 90) / 0.01) * 100000 + floor((east + 180) / 0.01),
       floor((north + 90) / 0.05) * 100000 + floor((east + 180) / 0.05),
       floor((north + 90) / 0.25) * 100000 + floor((east + 180) / 0.25),
       floor((north + 90) / 1.25) * 100000 + floor((east + 180) / 1.25)
FROM generate_series(1, :runs) n
CROSS JOIN LATERAL (SELECT date_trunc('hour', now()) + interval '2 hours' + n * (interval '300 days' / :runs) AS at) t
CROSS JOIN LATERAL (
    SELECT CASE WHEN n % 2 = 0 THEN 35.70 ELSE 25 + n * 7 % 400 / 10.0 END + (hashint4(n) & 1023) / 10240.0 AS north,
           CASE WHEN n % 2 = 0 THEN 51.40 ELSE 5 + n * 11 % 600 / 10.0 END + (hashint4(-n) & 1023) / 10240.0 AS east) p
JOIN organisers ON organisers.place = n % (SELECT count(*) FROM people)
"""
"""Half of the runs are within ten kilometres of one another, the others all over a continent."""

FILL_GROUPS = """
INSERT INTO pace_groups (id, run_id, position, name, pace) SELECT gen_random_uuid(), id, 0, 'All', paces[1] FROM runs
"""

FILL_PARTICIPATIONS = """
WITH runners AS (SELECT id, row_number() OVER () - 1 AS n FROM people),
     numbered AS (SELECT id, row_number() OVER (ORDER BY starts_at, id) AS n FROM runs ORDER BY starts_at, id LIMIT :first)
INSERT INTO participations (id, run_id, person_id, status, rank)
SELECT gen_random_uuid(), numbered.id, runners.id, 'GOING', face
FROM numbered CROSS JOIN generate_series(1, :faces) face
JOIN runners ON runners.n = (numbered.n * 7 + face) % :people
"""

COUNT = """
UPDATE runs SET taken = :faces, next_rank = :faces + 1
WHERE id IN (SELECT id FROM runs ORDER BY starts_at, id LIMIT :first)
"""


def fill(runs: int) -> None:
    """People, runs from two hours ahead over 300 days, and six who go to the first of them; inside an app context."""
    db.session.execute(text(FILL_PEOPLE), {"people": PEOPLE})
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(text(FILL_RUNS), {"runs": runs})
    db.session.execute(text(FILL_GROUPS))
    db.session.execute(text(FILL_PARTICIPATIONS), {"faces": FACES_A_RUN, "people": PEOPLE, "first": RUNS_WITH_FACES})
    db.session.execute(text(COUNT), {"faces": FACES_A_RUN, "first": RUNS_WITH_FACES})
    db.session.commit()
    vacuum()


def vacuum() -> None:
    """Do what autovacuum does in time, however long it takes; inside an app context."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("RESET statement_timeout"))


def travellers(app: Flask, count: int) -> list[str]:
    """Cookies of that many people who are signed in; inside an app context."""
    people = db.session.scalars(select(Person).order_by(Person.phone).limit(count)).all()
    tokens = [auth.open_session(person, address="127.0.0.1", agent="bench", method="code") for person in people]
    db.session.commit()
    return [cookie_of(app, token) for token in tokens]


def cookie_of(app: Flask, token: str, csrf: str = "c" * 40) -> str:
    """Return the Cookie header of a browser in which the session with this token is open."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    if serializer is None:
        raise ValueError("an app without a secret key signs nothing")
    value = serializer.dumps({"_user_id": token, "_fresh": True, "csrf_token": csrf})
    return f"{app.config['SESSION_COOKIE_NAME']}={value}"


def csrf_token(app: Flask, csrf: str = "c" * 40) -> str:
    """Return a token as the forms of a browser with `cookie_of(app, …)` carry it."""
    signer = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token")
    return str(signer.dumps(csrf))
