"""The search over everything in a million rows of mixed kinds, in two languages, against the plain list of runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select, text

from hampa.coaching.models.athletes import Coach
from hampa.people.models import Person
from hampa.platform.db import db
from tests.bench import world
from tests.bench.coaching import fill_athletes
from tests.bench.figures import LARGE, Site, against, site

FURTHER, PLANS, NOTES, FILES, MESSAGES = 50_000, 150_000, 200_000, 100_000, 100
"""Rows beside a hundred thousand runs: people, public plans, notes, files, and messages of four thousand conversations each."""
MINE = 10
"""Of how many notes and files one is on the plan of an athlete of the coach who looks."""

SENTENCE = """
(ARRAY['lake', 'hill', 'دریاچه', 'صبحگاه', 'track'])[1 + n % 5] || ' ' ||
(ARRAY['easy', 'آرام', 'long', 'بلند', 'steady', 'تند', 'tea'])[1 + n % 7] || ' p' || n % 500 || ' کوچهٔ‌ ' || n % 300
|| ' and some more words that nobody looks for, in which a note or a message says how it went'
"""
FILL = f"""
INSERT INTO people (id, phone, name, city, locale, timezone, calendar)
SELECT gen_random_uuid(), '+98939' || lpad(n::text, 7, '0'),
       (ARRAY['Sara', 'رضا', 'Mina', 'امید', 'Lake'])[1 + n % 5] || ' ' || (ARRAY['کریمی', 'Rad', 'Moradi'])[1 + n % 3]
       || ' ' || n, 'Tehran', 'en', 'Asia/Tehran', 'gregorian'
FROM generate_series(1, {FURTHER}) n;
WITH plans AS (
    INSERT INTO training_plans (id, name, description, visibility, created_at)
    SELECT gen_random_uuid(), left({SENTENCE}, 60), 'A plan', 'public', now() - n * interval '1 minute'
    FROM generate_series(1, {PLANS}) n RETURNING id
), numbered AS (SELECT id, row_number() OVER () AS n FROM plans),
owners AS (SELECT id, row_number() OVER (ORDER BY phone) - 1 AS n FROM people ORDER BY phone LIMIT 2000)
INSERT INTO training_plan_members (id, plan_id, person_id, role, status)
SELECT gen_random_uuid(), numbered.id, owners.id, 'owner', 'joined' FROM numbered JOIN owners ON owners.n = numbered.n % 2000;
CREATE TEMPORARY TABLE coached AS
    SELECT plan_id, row_number() OVER () - 1 AS place, count(*) OVER () AS all_of_them FROM coaching_plans;
INSERT INTO coach_notes (id, owner_kind, owner_id, author_id, text, is_shared, edited_at, created_at)
SELECT gen_random_uuid(), 'plan', CASE WHEN n % {MINE} = 0 THEN coached.plan_id ELSE gen_random_uuid() END, :coach,
       repeat({SENTENCE} || E'\\n', 4), true, now() - n * interval '1 minute', now() - n * interval '1 minute'
FROM generate_series(1, {NOTES}) n JOIN coached ON coached.place = n / {MINE} % coached.all_of_them;
INSERT INTO stored_files (id, owner_kind, owner_id, uploader_id, name, kind, size, digest, object_name, state, scanned_at,
                          created_at)
SELECT gen_random_uuid(), 'plan', CASE WHEN n % {MINE} = 0 THEN coached.plan_id ELSE gen_random_uuid() END, :coach,
       left({SENTENCE}, 60) || '.pdf', 'pdf', 1000, md5(n::text) || md5(n::text), 'documents/' || n, 'ready', now(),
       now() - n * interval '1 minute'
FROM generate_series(1, {FILES}) n JOIN coached ON coached.place = n / {MINE} % coached.all_of_them;
CREATE TEMPORARY TABLE pairs AS
    WITH ones AS (SELECT id, row_number() OVER (ORDER BY phone) - 1 AS n FROM people ORDER BY phone LIMIT 2000),
    others AS (SELECT id, row_number() OVER (ORDER BY phone) - 1 AS n FROM people WHERE phone LIKE '+98939%' LIMIT 2000)
    SELECT gen_random_uuid() AS id, ones.id AS one, others.id AS other, row_number() OVER () AS place
    FROM ones JOIN others ON others.n IN ((ones.n + 7) % 2000, (ones.n + 11) % 2000);
INSERT INTO conversations (id, low_id, high_id, last_number)
SELECT id, least(one, other), greatest(one, other), {MESSAGES} FROM pairs;
INSERT INTO conversation_members (id, conversation_id, person_id, other_id, last_number, last_at, read_number)
SELECT gen_random_uuid(), id, person, peer, {MESSAGES}, now() - place * interval '1 minute', {MESSAGES}
FROM pairs CROSS JOIN LATERAL (VALUES (one, other), (other, one)) AS sides (person, peer);
INSERT INTO messages (id, conversation_id, number, author_id, text, search, created_at)
SELECT gen_random_uuid(), pairs.id, number, CASE WHEN number % 2 = 0 THEN one ELSE other END, said, search_words(said),
       now() - number * interval '1 hour'
FROM pairs CROSS JOIN generate_series(1, {MESSAGES}) number
CROSS JOIN LATERAL (SELECT pairs.place * 31 + number AS n) mixed CROSS JOIN LATERAL (SELECT {SENTENCE} AS said) words;
"""
ASKED = {
    "a word of a fifth of them, in English": "lake",
    "a word of a fifth of them, in Persian": "دریاچه",
    "a half-space and a letter with a mark": "کوچه‌ 137",
    "one of five hundred": "p137",
    "two words": "lake tea",
    "a word that is nowhere": "zanzibar",
    "the beginning of words": "mor",
}
KINDS = ("runs", "people", "plans", "notes", "files", "messages")


def fill_mixed(ours: Site) -> tuple[str, int]:
    """Fill the world, once; return the cookie of a coach who has some of each kind, and how many rows there are."""
    with ours.app.app_context():
        query = select(Person).where(Person.state == "active", Person.phone < "+98936").order_by(Person.phone.desc())
        fill_athletes(db.session.scalars(query.limit(1)).one())
        coach = db.session.get_one(Person, db.session.scalars(select(Coach.coach_id).limit(1)).one())
        if not db.session.scalar(text("SELECT id FROM coach_notes LIMIT 1")):
            db.session.execute(text("SET LOCAL statement_timeout = 0"))
            for part in FILL.split(";\n"):
                if part.strip():
                    values = {"coach": coach.id} if ":coach" in part else {}
                    db.session.execute(text(part), values)
            db.session.commit()
            world.vacuum()
        tables = ("runs", "people", "training_plans", "coach_notes", "stored_files", "messages")
        counts = (db.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables)
        rows = sum(count or 0 for count in counts)
        token = world.auth.open_session(coach, address="127.0.0.1", agent="bench", method="code")
        db.session.commit()
        db.engine.dispose()
        return world.cookie_of(ours.app, token), rows


def everything(home: Path, tell: Callable[..., None], *, seconds: float, rounds: int) -> None:
    """Measure the search over everything, and each kind alone, against the plain list of runs of the same person."""
    with site(home, LARGE) as ours:
        cookie, rows = fill_mixed(ours)
        plain = (ours.port, ours.pid, ["/runs"], cookie)
        searches = [(name, f"/search?q={asked}") for name, asked in ASKED.items()]
        searches += [(f"{kind} alone", f"/search?q=lake&type={kind}") for kind in KINDS]
        for name, path in searches:
            found = against((ours.port, ours.pid, [path.replace(" ", "+")], cookie), plain, seconds, rounds)
            note = f"CPU {found.cost:.2f} ms, plain {found.other_cost:.2f} ms (of the web processes alone)"
            tell(f"a search for {name}, {rows:,} rows", 1 / found.ratio, "× plain", most=3, note=note)
