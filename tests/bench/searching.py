"""The search over everything in a million rows of mixed kinds, in two languages, against the plain list of runs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg
from sqlalchemy import select, text

from hampa.coaching.models.athletes import Coach
from hampa.people.models import Person
from hampa.platform import embedded
from hampa.platform.db import db
from hampa.search.queries.providers import kinds
from tests.bench import world
from tests.bench.cards import FILL_CARDS
from tests.bench.coaching import fill_athletes
from tests.bench.figures import LARGE, Site, against, lists, site

DATABASE = "bench_everything"
FURTHER, PLANS, NOTES, FILES, MESSAGES = 50_000, 150_000, 200_000, 100_000, 100
CREWS, CARDS = 20_000, 50_000
"""Rows beside a hundred thousand runs: people, public plans, notes, files, and messages of four thousand conversations
each; crews, and cards."""
MINE = 7
"""Of how many notes and files one is on the plan of an athlete of the coach who looks."""
SENTENCES = 10_500
"""How many sentences there are: what they are made of begins anew then, so that the words of each are split once."""

SENTENCE = """
(ARRAY['lake', 'hill', 'دریاچه', 'صبحگاه', 'track'])[1 + n % 5] || ' ' ||
(ARRAY['easy', 'آرام', 'long', 'بلند', 'steady', 'تند', 'tea'])[1 + n % 7] || ' p' || n % 500 || ' کوچهٔ‌ ' || n % 300
|| ' and some more words that nobody looks for, in which a note or a message says how it went'
"""
FILL = f"""
CREATE TEMPORARY TABLE sentences ON COMMIT DROP AS
    SELECT n, said, search_words(said) AS words, search_words(left(said, 60) || '.pdf') AS words_of_name FROM generate_series(0, {SENTENCES - 1}) n
    CROSS JOIN LATERAL (SELECT {SENTENCE} AS said) said;
INSERT INTO people (id, phone, name, city, locale, timezone, calendar)
SELECT gen_random_uuid(), '+98939' || lpad(n::text, 7, '0'),
       (ARRAY['Sara', 'رضا', 'Mina', 'امید', 'Lake', 'دریاچه'])[1 + n % 6] || ' '
       || (ARRAY['کریمی', 'Rad', 'Moradi'])[1 + n / 6 % 3] || ' ' || n, 'Tehran', 'en', 'Asia/Tehran', 'gregorian'
FROM generate_series(1, {FURTHER}) n;
CREATE TEMPORARY TABLE runners ON COMMIT DROP AS
    SELECT id, row_number() OVER (ORDER BY phone) - 1 AS n FROM people ORDER BY phone LIMIT 2000;
UPDATE runs SET title = left(said, 60), search = runs.search || words
FROM (SELECT id, row_number() OVER (ORDER BY starts_at) AS nth FROM runs) numbered
JOIN sentences ON sentences.n = nth % {SENTENCES} WHERE runs.id = numbered.id AND nth % 5 IN (0, 2);
{FILL_CARDS.replace(":cards", str(CARDS))};
UPDATE cards SET title = left(said, 60), search = words
FROM (SELECT id, row_number() OVER (ORDER BY created_at) AS nth FROM cards) numbered
JOIN sentences ON sentences.n = nth % {SENTENCES} WHERE cards.id = numbered.id;
INSERT INTO crews (id, name, description, timezone, is_listed, joining, max_members, members, admins)
SELECT gen_random_uuid(), left(said, 60), 'A crew', 'Asia/Tehran', true, 'open', 150, 0, 0
FROM generate_series(1, {CREWS}) number JOIN sentences ON sentences.n = number % {SENTENCES};
UPDATE coaching_athletes SET note = said, search = search_words(concat_ws(' ', name, goal_race, said))
FROM (SELECT id, row_number() OVER () AS nth FROM coaching_athletes) numbered
JOIN sentences ON sentences.n = nth WHERE coaching_athletes.id = numbered.id;
CREATE TEMPORARY TABLE numbered_plans ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, number FROM generate_series(1, {PLANS}) number;
INSERT INTO training_plans (id, name, description, search, visibility, created_at)
SELECT id, left(said, 60), 'A plan', search_words(left(said, 60) || ' A plan'), 'public', now() - number * interval '1 minute'
FROM numbered_plans JOIN sentences ON sentences.n = number % {SENTENCES};
INSERT INTO training_plan_members (id, plan_id, person_id, role, status)
SELECT gen_random_uuid(), numbered_plans.id, runners.id, 'owner', 'joined'
FROM numbered_plans JOIN runners ON runners.n = number % 2000;
CREATE TEMPORARY TABLE coached ON COMMIT DROP AS
    SELECT plan_id, row_number() OVER () - 1 AS place, count(*) OVER () AS all_of_them FROM coaching_plans;
INSERT INTO coach_notes (id, owner_kind, owner_id, author_id, text, search, is_shared, edited_at, created_at)
SELECT gen_random_uuid(), 'plan', CASE WHEN number % {MINE} = 0 THEN coached.plan_id ELSE gen_random_uuid() END, :coach,
       repeat(said || E'\\n', 4), words, true, now() - number * interval '1 minute', now() - number * interval '1 minute'
FROM generate_series(1, {NOTES}) number JOIN coached ON coached.place = number / {MINE} % coached.all_of_them
JOIN sentences ON sentences.n = number % {SENTENCES};
INSERT INTO stored_files (id, owner_kind, owner_id, uploader_id, name, search, kind, size, digest, object_name, state,
                          scanned_at, created_at)
SELECT gen_random_uuid(), 'plan', CASE WHEN number % {MINE} = 0 THEN coached.plan_id ELSE gen_random_uuid() END, :coach,
       left(said, 60) || '.pdf', words_of_name, 'pdf', 1000, md5(number::text) || md5(number::text), 'documents/' || number, 'ready',
       now(), now() - number * interval '1 minute'
FROM generate_series(1, {FILES}) number JOIN coached ON coached.place = number / {MINE} % coached.all_of_them
JOIN sentences ON sentences.n = number % {SENTENCES};
CREATE TEMPORARY TABLE pairs ON COMMIT DROP AS
    WITH others AS (SELECT id, row_number() OVER (ORDER BY phone) - 1 AS n FROM people WHERE phone LIKE '+98939%' LIMIT 2000)
    SELECT gen_random_uuid() AS id, runners.id AS one, others.id AS other, row_number() OVER () AS place
    FROM runners JOIN others ON others.n IN ((runners.n + 7) % 2000, (runners.n + 11) % 2000);
INSERT INTO conversations (id, low_id, high_id, last_number)
SELECT id, least(one, other), greatest(one, other), {MESSAGES} FROM pairs;
INSERT INTO conversation_members (id, conversation_id, person_id, other_id, last_number, last_at, read_number)
SELECT gen_random_uuid(), id, person, peer, {MESSAGES}, now() - place * interval '1 minute', {MESSAGES}
FROM pairs CROSS JOIN LATERAL (VALUES (one, other), (other, one)) AS sides (person, peer);
INSERT INTO messages (id, conversation_id, number, author_id, text, search, created_at)
SELECT gen_random_uuid(), pairs.id, number, CASE WHEN number % 2 = 0 THEN one ELSE other END, said, words,
       now() - number * interval '1 hour'
FROM pairs CROSS JOIN generate_series(1, {MESSAGES}) number
JOIN sentences ON sentences.n = (pairs.place * 31 + number) % {SENTENCES};
"""
TABLES = (
    *("people", "runs", "cards", "crews", "training_plans", "training_plan_members", "coach_notes", "stored_files"),
    *("conversations", "conversation_members", "messages"),
)
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE NOT indisunique AND relnamespace = 'public'::regnamespace AND relname = ANY (%s)
"""
# Neither foreign keys nor triggers: what they would check and count is so by construction.
WHILE_FILLING = ("statement_timeout = 0", "session_replication_role = replica", "maintenance_work_mem = '256MB'")
ASKED = {
    "a word of a fifth of them, in English": "lake",
    "a word of a fifth of them, in Persian": "دریاچه",
    "a half-space and a letter with a mark": "کوچه‌ 137",
    "one of five hundred": "p137",
    "two words": "lake tea",
    "a word that is nowhere": "zanzibar",
    "the beginning of words": "mor",
}
LANGUAGES = {"English": "lake", "Persian": "دریاچه"}
ROUND = 0.75
"""Seconds of a round at most: there are many kinds, and whoever measures them waits."""


def fill_mixed(home: Path, ours: Site) -> tuple[str, int]:
    """Fill the world, once; return the cookie of a coach who has some of each kind, and how many rows there are."""
    with ours.app.app_context():
        query = select(Person).where(Person.state == "active", Person.phone < "+98936").order_by(Person.phone.desc())
        fill_athletes(db.session.scalars(query.limit(1)).one())
        coach = db.session.get_one(Person, db.session.scalars(select(Coach.coach_id).limit(1)).one())
        if not db.session.scalar(text("SELECT id FROM coach_notes LIMIT 1")):
            coach_id = coach.id
            db.session.commit()
            _fill(home, coach_id)
        counts = (db.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES if "member" not in table)
        rows = sum(count or 0 for count in counts)
        token = world.auth.open_session(coach, address="127.0.0.1", agent="bench", method="code")
        db.session.commit()
        db.engine.dispose()
        return world.cookie_of(ours.app, token), rows


def _fill(home: Path, coach_id: uuid.UUID) -> None:
    """Fill the tables by sets, in one transaction; their indexes are made afterwards, by sorting."""
    sockets = embedded.ensure(home).database_url.partition("host=")[2]
    with psycopg.connect(host=sockets, user="postgres", dbname=DATABASE) as connection:
        for setting in WHILE_FILLING:
            connection.execute(f"SET LOCAL {setting}")  # type: ignore[call-overload]
        indexes = connection.execute(INDEXES, [list(TABLES)]).fetchall()
        for name, _definition in indexes:
            connection.execute(f"DROP INDEX {name}")  # type: ignore[call-overload]
        for part in filter(str.strip, FILL.split(";\n")):
            connection.execute(part.replace(":coach", f"'{coach_id}'"))  # type: ignore[call-overload]
        for _name, definition in indexes:
            connection.execute(definition)
    world.vacuum()


def everything(home: Path, tell: Callable[..., None], *, seconds: float, rounds: int) -> None:
    """Measure the search over everything, and each kind alone, against the plain list of runs of the same person."""
    with site(home, LARGE, signed_in=1, name=DATABASE) as ours:
        begun = time.monotonic()
        cookie, rows = fill_mixed(home, ours)
        tell("filling the search over everything", time.monotonic() - begun, "s", note=f"{rows:,} rows")
        plain = (ours.port, ours.pid, lists(), cookie)
        searches = [(name, f"q={asked}") for name, asked in ASKED.items()]
        searches += [
            (f"{kind} alone, in {language}", f"q={asked}&type={kind}")
            for kind in kinds()
            for language, asked in LANGUAGES.items()
        ]
        for name, query in searches:
            path = f"/search?{quote(query, safe='=&')}"
            found = against((ours.port, ours.pid, [path], cookie), plain, min(seconds, ROUND), rounds)
            note = f"CPU {found.cost:.2f} ms, plain {found.other_cost:.2f} ms (of the web processes alone)"
            tell(f"a search for {name}", 1 / found.ratio, "× plain", most=3, note=note)
