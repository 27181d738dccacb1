"""`python -m tests.bench.million`: a site with a million people, what its pages ask of PostgreSQL, and its sizes.

Filled by sets in SQL, as a site that has run for two years has it, in ten to fifteen minutes and some 8 GB of the folder of
temporary files, which are removed. Ids sort by time, as Hampa's own do. PostgreSQL has a gigabyte of its own memory, as on a
machine for it alone, and writes without waiting for the disk while it is filled.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from sqlalchemy import select, text

from hampa.app import create_app
from hampa.messages.models import ConversationMember
from hampa.people.models import Person
from hampa.platform import config, embedded
from hampa.platform.db import db
from hampa.platform.migrations import upgrade
from hampa.runs.models.run import Run
from tests.bench import world
from tests.bench.figures import Site, environment
from tests.bench.shares import measured, note_visits

DAYS_BEFORE, DAYS_AHEAD = 730, 60
RUNS_A_DAY_OF_MILLION = 450
FACES = 8
NOTIFICATIONS, ACTIVITIES, TALKS, MESSAGES_A_TALK, CREW_MEMBERS, CREWS_A_PERSON = 2, 1, 0.3, 4, 30, 0.6
SMS_A_PERSON = 0.5
LOOKERS = 220
MEMORY = {"shared_buffers": "1GB", "max_wal_size": "6GB", "fsync": "off", "maintenance_work_mem": "256MB",
          "work_mem": "64MB", "checkpoint_timeout": "30min", "autovacuum": "off"}  # fmt: skip

PEOPLE = """
INSERT INTO people (id, phone, name, city, locale, timezone, calendar, handle, created_at, last_active_at)
SELECT uuidv7(at - now()), '+98' || 9000000000 + n, (ARRAY['Sara', 'Ali', 'Mina', 'Reza', 'Leila'])[1 + n % 5] || ' ' || n,
       (ARRAY['Tehran', 'Isfahan', 'Shiraz', 'Tabriz', 'Berlin'])[1 + n % 5], (ARRAY['fa', 'en'])[1 + n % 2],
       'Asia/Tehran', 'solar', 'runner' || n, at, now() - n % 90 * interval '1 day'
FROM generate_series(1, :people) n, LATERAL (SELECT now() - (:people - n) * (interval '730 days' / :people) AS at) t
"""
SESSIONS = """
INSERT INTO sessions (id, person_id, token_hash, method, address, user_agent, proved_at, last_seen_at, created_at)
SELECT uuidv7(at - now()), id, md5(id::text) || md5(phone), 'code', '192.0.2.1', 'Mozilla/5.0 (Linux)', at,
       last_active_at, at
FROM (SELECT id, phone, last_active_at, last_active_at - interval '5 days' AS at FROM people) p
"""
NUMBERED = """
CREATE TABLE numbered_people AS SELECT row_number() OVER (ORDER BY created_at) - 1 AS n, id FROM people;
CREATE UNIQUE INDEX ON numbered_people (n) INCLUDE (id);
CREATE TABLE numbered_runs AS SELECT row_number() OVER (ORDER BY starts_at, id) AS n, id, starts_at FROM runs;
CREATE UNIQUE INDEX ON numbered_runs (n) INCLUDE (id);
ANALYZE numbered_people, numbered_runs
"""
PARTICIPATIONS = """
INSERT INTO participations (id, run_id, person_id, status, rank, created_at)
SELECT uuidv7(at - now()), r.id, p.id, 'GOING', face, at
FROM numbered_runs r CROSS JOIN generate_series(1, :faces) face
CROSS JOIN LATERAL (SELECT least(r.starts_at - interval '3 days', now()) AS at) t
JOIN numbered_people p ON p.n = (r.n * 7919 + face * 104729) % :people
"""
CREWS = """
INSERT INTO crews (id, name, timezone, is_listed, joining, max_members, members, admins)
SELECT uuidv7(), 'Crew ' || n, 'Asia/Tehran', n % 2 = 0, 'open', 150, :members, 1 FROM generate_series(1, :crews) n;
"""
MEMBERSHIPS = """
INSERT INTO crew_memberships (id, crew_id, person_id, role, joined_at)
SELECT uuidv7(), c.id, p.id, CASE WHEN m = 1 THEN 'admin' ELSE 'member' END, now() - m * interval '7 days'
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM crews) c CROSS JOIN generate_series(1, :members) m
JOIN numbered_people p ON p.n = (c.n * 6007 + m * 15013) % :people
"""
NOTIFICATIONS_FILL = """
INSERT INTO notifications (id, person_id, type, subject_id, data, event, created_at, read_at)
SELECT uuidv7(at - now()), p.id, 'run_reminder', r.id, '{}', 'run_reminder:' || r.id || ':' || nth, at,
       CASE WHEN (p.n + nth) % 3 > 0 THEN at END
FROM generate_series(1, :each) nth CROSS JOIN numbered_people p
CROSS JOIN LATERAL (SELECT now() - (nth * 25 + p.n % 25) * interval '1 day' - p.n % 86400 * interval '1 second' AS at) t
JOIN numbered_runs r ON r.n = 1 + (p.n * 31 + nth * 977) % :runs
"""
ACTIVITIES_FILL = """
INSERT INTO activities (id, person_id, kind, started_at, ended_at, timezone, day, duration_s, distance_m, visibility,
                        created_at)
SELECT uuidv7(at - now()), p.id, 'run', at, at + interval '50 minutes', 'Asia/Tehran', at::date, 3000, 8000 + p.n % 4000,
       (ARRAY['me', 'everyone'])[1 + p.n % 2], at
FROM generate_series(1, :each) nth CROSS JOIN numbered_people p
CROSS JOIN LATERAL (SELECT now() - (nth * 9 + p.n % 9) * interval '1 day' - p.n % 3600 * interval '1 second' AS at) t
"""
CONVERSATIONS = """
INSERT INTO conversations (id, low_id, high_id, last_number)
SELECT uuidv7(), least(a.id, b.id), greatest(a.id, b.id), :each FROM generate_series(1, :talks) talk
JOIN numbered_people a ON a.n = talk % :people JOIN numbered_people b ON b.n = (talk * 2 + 1) % :people
WHERE a.n <> b.n
ON CONFLICT DO NOTHING
"""
TALKERS = """
INSERT INTO conversation_members (id, conversation_id, person_id, other_id, last_number, last_at, read_number)
SELECT uuidv7(), id, low_id, high_id, last_number, created_at, last_number FROM conversations
UNION ALL SELECT uuidv7(), id, high_id, low_id, last_number, created_at, last_number FROM conversations
"""
MESSAGES = """
INSERT INTO messages (id, conversation_id, number, author_id, text, search)
SELECT uuidv7(), c.id, number, CASE WHEN number % 2 = 0 THEN low_id ELSE high_id END,
       'Shall we run on Friday at seven, by the lake? ' || number,
       array_to_tsvector(ARRAY['shall', 'we', 'run', 'friday', 'seven', 'lake', number::text])
FROM generate_series(1, :each) number CROSS JOIN conversations c
"""
OUTBOX = """
INSERT INTO outbox_messages (id, purpose, person_id, recipient, locale, template, data, key, priority, status, attempts,
                             next_attempt_at, provider, segments, sent_at, created_at)
SELECT uuidv7(at - now()), 'run_changed', p.id, '+98' || 9000000001 + p.n, 'fa', 'notifications/sms/more.txt', '{}',
       'million:' || p.n, 2, 'sent', 1, at, 'webhook', 2, at, at
FROM numbered_people p CROSS JOIN LATERAL (SELECT now() - p.n % 30 * interval '1 day' - p.n % 86400 * interval '1 second' AS at) t
WHERE p.n < :messages
"""

INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE NOT indisunique AND relnamespace = 'public'::regnamespace AND relname IN (
    'people', 'sessions', 'runs', 'pace_groups', 'participations', 'crews', 'crew_memberships', 'notifications', 'activities',
    'conversations', 'conversation_members', 'messages', 'outbox_messages')
"""
TABLES = """
SELECT relname, n_live_tup, pg_table_size(relid), pg_indexes_size(relid) FROM pg_stat_user_tables
WHERE pg_total_relation_size(relid) > 8000000 ORDER BY pg_total_relation_size(relid) DESC
"""


def run_statements(people: int) -> list[tuple[str, str]]:
    """Return the statement of runs: that of the benchmark's world, spread over two years and the weeks to come."""
    days = DAYS_BEFORE + DAYS_AHEAD
    changes = {
        "gen_random_uuid()": "uuidv7(least(at, now()) - interval '5 days' - now())",
        "now()) + interval '2 hours' + n * (interval '300 days' / :runs)": f"now()) - interval '{DAYS_BEFORE} days'"
        f" + n * (interval '{days} days' / :runs)",
        "0, 1, 'park'": f"{FACES}, {FACES + 1}, 'park'",
    }
    statement = world.FILL_RUNS
    for theirs, ours in changes.items():
        if statement.count(theirs) != 1:
            raise RuntimeError(f"the statement of runs has changed: {theirs}")
        statement = statement.replace(theirs, ours)
    return [("runs", statement), ("pace groups", world.FILL_GROUPS.replace("gen_random_uuid()", "uuidv7()"))]


def fill(home: Path, people: int, tell: Callable[[str], None]) -> None:
    """Fill the database `bench_million` of this home by sets; nothing is checked against other tables, as in a restore."""
    runs = max(100, people * RUNS_A_DAY_OF_MILLION * (DAYS_BEFORE + DAYS_AHEAD) // 1_000_000)
    talks = int(people * TALKS)
    given = {"people": people, "runs": runs, "faces": FACES}
    steps = [
        ("people", PEOPLE, given),
        ("sessions", SESSIONS, given),
        *((name, statement, given) for name, statement in run_statements(people)),
        ("numbers", NUMBERED, given),
        ("participations", PARTICIPATIONS, given),
        ("crews", CREWS, {"crews": max(1, int(people * CREWS_A_PERSON / CREW_MEMBERS)), "members": CREW_MEMBERS}),
        ("crew memberships", MEMBERSHIPS, {"members": CREW_MEMBERS, "people": people}),
        ("notifications", NOTIFICATIONS_FILL, {"each": NOTIFICATIONS, "runs": runs}),
        ("activities", ACTIVITIES_FILL, {"each": ACTIVITIES}),
        ("conversations", CONVERSATIONS, {"each": MESSAGES_A_TALK, "talks": talks, "people": people}),
        ("conversation members", TALKERS, given),
        ("messages", MESSAGES, {"each": MESSAGES_A_TALK}),
        ("outbox", OUTBOX, {"messages": int(people * SMS_A_PERSON)}),
    ]
    sockets = embedded.ensure(home).database_url.partition("host=")[2]
    with psycopg.connect(host=sockets, user="postgres", dbname="bench_million", autocommit=True) as connection:
        # Neither foreign keys nor triggers: what they would check and count is so by construction.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET statement_timeout = 0")
        indexes = connection.execute(INDEXES).fetchall()  # made afterwards by sorting, in a fifth of the time
        for name, _definition in indexes:
            connection.execute(f"DROP INDEX {name}")  # type: ignore[call-overload]
        for name, statement, values in steps:
            begun = time.monotonic()
            count = 0
            for part in filter(str.strip, statement.split(";")):
                done = connection.execute(_as_literals(part, values))  # type: ignore[call-overload]
                count = max(count, done.rowcount)
            tell(f"{name:<22} {count:>10,} rows in {time.monotonic() - begun:6.1f} s")
        connection.execute("DROP TABLE numbered_people, numbered_runs")
        begun = time.monotonic()
        for _name, definition in indexes:
            connection.execute(definition)
        tell(f"{'indexes':<22} {len(indexes):>10,} made in {time.monotonic() - begun:6.1f} s")
        begun = time.monotonic()
        connection.execute("VACUUM (ANALYZE)")
        tell(f"{'vacuum and analyze':<22} {'':>15} in {time.monotonic() - begun:6.1f} s")


def _as_literals(statement: str, values: dict[str, int]) -> str:
    for name, value in values.items():
        statement = statement.replace(f":{name}", str(value))
    return statement


def sizes(tell: Callable[[str], None]) -> None:
    """Tell the sizes of the tables and of their indexes; inside an app context."""
    total = db.session.scalar(text("SELECT pg_database_size(current_database())")) or 0
    tell(f"\nthe database: {total / 1e9:.2f} GB\n{'table':<26} {'rows':>12} {'MB':>8} {'indexes MB':>11}")
    for name, rows, table, indexes in db.session.execute(text(TABLES)):
        tell(f"{name:<26} {rows:>12,} {table / 1e6:>8.0f} {indexes / 1e6:>11.0f}")
    db.session.rollback()


def pages(ours: Site, tell: Callable[[str], None]) -> None:
    """Tell what the main pages cost, for people who each look once."""
    with ours.app.app_context():
        runs = db.session.scalars(select(Run.id).where(Run.starts_at > text("now()")).order_by(Run.starts_at).limit(40))
        listed = [f"/runs/{run_id}" for run_id in runs]
        person = db.session.scalars(select(Person).order_by(Person.phone).limit(1)).one()
        talk = db.session.scalars(
            select(ConversationMember.conversation_id).where(ConversationMember.person_id == person.id).limit(1)
        ).first()
        crew = db.session.scalar(text("SELECT id FROM crews WHERE is_listed LIMIT 1"))
        db.session.commit()
        db.engine.dispose()
    note_visits(ours, ours.cookies)
    rows: list[tuple[str, list[str], list[str]]] = [
        ("home, visitor", ["/"], [""]),
        ("runs, visitor", ["/runs"], [""]),
        ("home, signed in", ["/"], ours.cookies),
        ("runs, signed in", ["/runs"], ours.cookies),
        ("runs of a town", ["/runs?near=Tehran"], ours.cookies),
        ("runs with two words", ["/runs?q=morning+tea"], ours.cookies),
        ("a run's page", listed, ours.cookies),
        ("notifications", ["/notifications"], ours.cookies),
        ("messages", ["/messages"], ours.cookies),
        ("crews", ["/crews"], ours.cookies),
        ("training", ["/me/training"], ours.cookies),
        ("activities", ["/me/activities"], ours.cookies),
        ("search over everything", ["/search?q=sara"], ours.cookies),
    ]
    if talk:
        rows.append(("a conversation", [f"/messages/{talk}"], ours.cookies[:1]))
    if crew:
        rows.append(("a crew", [f"/crews/{crew}"], ours.cookies))
    tell(f"\n{'page':<24} {'Python ms':>10} {'PostgreSQL ms':>14} {'statements':>11}")
    for name, paths, cookies in rows:
        try:
            found = measured(ours, paths, cookies)
        except RuntimeError as error:
            tell(f"{name:<24} {error}")
            continue
        tell(f"{name:<24} {found.python_ms:>10.2f} {found.postgres_ms:>14.2f} {found.statements:>11.1f}")


def main() -> int:
    """Fill, measure, and remove what was made."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.million", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was made is removed then too
    home = Path(tempfile.mkdtemp(prefix="hampa-million-"))
    home.chmod(0o755)
    embedded.POSTGRES_SETTINGS.update(MEMORY)

    def tell(line: str) -> None:
        print(line, flush=True)

    begun = time.monotonic()
    try:
        variables = environment(home, "bench_million")
        app = create_app(config.load(variables))
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        tell(f"{chosen.people:,} people; {os.cpu_count()} cores, load of 1, 5 and 15 minutes before: {load}")
        with app.app_context():
            upgrade()
            db.engine.dispose()
        fill(home, chosen.people, tell)
        tell(f"filled in {time.monotonic() - begun:.0f} s")
        with app.app_context():
            sizes(tell)
            cookies = world.travellers(app, LOOKERS)
            db.engine.dispose()
        pages(Site(app, variables, cookies=cookies), tell)
        tell(f"\nload of 1 minute after: {os.getloadavg()[0]:.1f}; all of it took {time.monotonic() - begun:.0f} s")
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
