"""What stands in the lists of those who look: none of them is measured empty."""

from __future__ import annotations

import uuid

from sqlalchemy import text

from hampa.crews.models import Crew
from hampa.people.models import Person
from hampa.platform.db import db
from tests.bench.world import vacuum
from tests.factories.badges import make_badge, make_challenge
from tests.factories.coaching import make_template
from tests.factories.subscriptions import make_plan

LOOKING, OTHERS = 400, 1_600
"""People who look, the first by their numbers, and those after them, of whom they hear."""
INTERESTS, NOTIFICATIONS, FOLLOWS, PAYMENTS, TOKENS, WEBHOOKS, REPORTS = 12, 40, 10, 6, 5, 3, 8
"""Rows for each of them."""
BADGES, CHALLENGES, TEMPLATES, FILES, NOTES = 20, 12, 12, 40, 40
"""Badges of everybody, challenges of one person, a coach's templates; files of one plan and on one athlete, and notes."""

NUMBERED = f"""
WITH numbered AS (SELECT id, row_number() OVER (ORDER BY phone) - 1 AS n FROM people),
     looking AS (SELECT id, n FROM numbered WHERE n < {LOOKING}),
     others AS (SELECT id, n - {LOOKING} AS n FROM numbered WHERE n >= {LOOKING} AND n < {LOOKING + OTHERS})
"""
FILLS = (
    f"""
    {NUMBERED}
    INSERT INTO interests (id, card_id, sender_id, owner_id, line, status, decided_at, created_at)
    SELECT uuidv7(at - now()), (SELECT id FROM cards WHERE owner_id = looking.id LIMIT 1), others.id, looking.id,
           'Shall we?', CASE WHEN nth % 3 = 0 THEN 'pending' ELSE 'accepted' END, CASE WHEN nth % 3 > 0 THEN at END, at
    FROM looking CROSS JOIN generate_series(1, {INTERESTS}) nth
    CROSS JOIN LATERAL (SELECT now() - nth * interval '7 hours' AS at) t
    JOIN others ON others.n = (looking.n * 37 + nth * 101) % {OTHERS}
    """,
    f"""
    {NUMBERED},
    soon AS (SELECT id, starts_at, timezone, short_code, row_number() OVER (ORDER BY starts_at, id) - 1 AS n
             FROM runs ORDER BY starts_at, id LIMIT 1000)
    INSERT INTO notifications (id, person_id, type, subject_id, data, event, created_at, read_at)
    SELECT uuidv7(at - now()), looking.id, 'run_reminder', soon.id,
           jsonb_build_object('starts_at', soon.starts_at, 'timezone', soon.timezone, 'code', soon.short_code),
           'run_reminder:' || soon.id || ':' || nth, at, CASE WHEN nth % 3 > 0 THEN at END
    FROM looking CROSS JOIN generate_series(1, {NOTIFICATIONS}) nth
    CROSS JOIN LATERAL (SELECT now() - nth * interval '5 hours' AS at) t
    JOIN soon ON soon.n = (looking.n * 31 + nth * 97) % 1000
    """,
    """
    INSERT INTO notifications (id, person_id, type, actor_id, subject_id, data, event, created_at)
    SELECT uuidv7(created_at - now()), owner_id, 'interest_received', sender_id, id, '{}', 'interest_received:' || id, created_at
    FROM interests
    """,
    f"""
    {NUMBERED}
    INSERT INTO follows (id, person_id, organiser_id)
    SELECT gen_random_uuid(), looking.id, others.id FROM looking CROSS JOIN generate_series(1, {FOLLOWS}) nth
    JOIN others ON others.n = (looking.n * 41 + nth * 103) % {OTHERS}
    """,
    f"""
    {NUMBERED}
    INSERT INTO subscription_payments (id, person_id, plan_id, plan_name_fa, plan_name_en, months, amount, currency, state,
                                       gateway, gateway_id, reference, number, paid_at, created_at)
    SELECT uuidv7(at - now()), looking.id, :plan_id, 'یک‌ماهه', 'A month', 1, 990000, 'IRR', 'PAID', 'zarinpal',
           'A' || looking.n || '-' || nth, 'R' || looking.n || '-' || nth, 1 + looking.n * {PAYMENTS} + nth, at, at
    FROM looking CROSS JOIN generate_series(1, {PAYMENTS}) nth
    CROSS JOIN LATERAL (SELECT now() - nth * interval '30 days' AS at) t
    """,
    f"""
    {NUMBERED}
    INSERT INTO personal_tokens (id, person_id, name, token_hash, last_letters, scopes, expires_at)
    SELECT gen_random_uuid(), looking.id, 'Program ' || nth, md5(looking.n || '-' || nth), 'abcd', '["runs:read"]',
           now() + interval '90 days'
    FROM looking CROSS JOIN generate_series(1, {TOKENS}) nth
    """,
    f"""
    {NUMBERED}
    INSERT INTO webhooks (id, person_id, url, events, secret)
    SELECT gen_random_uuid(), looking.id, 'https://club.example/hooks/' || nth, '["run.published"]', 'secret'
    FROM looking CROSS JOIN generate_series(1, {WEBHOOKS}) nth
    """,
    f"""
    {NUMBERED}
    INSERT INTO incidents (id, person_id, crew_id, severity, category, occurred_at, text)
    SELECT gen_random_uuid(), looking.id, :crew_id, 0, 'operational', now() - nth * interval '3 days', 'A sign was missing'
    FROM looking CROSS JOIN generate_series(1, {REPORTS}) nth
    """,
)


FILL_FILES = f"""
INSERT INTO stored_files (id, owner_kind, owner_id, uploader_id, name, kind, size, digest, object_name, state, scanned_at,
                          created_at)
SELECT uuidv7(at - now()), :kind, :owner_id, :person_id, 'Paces ' || nth || '.pdf', 'pdf', 1000 + nth,
       md5(:kind || nth) || md5(:kind || nth), 'documents/' || :kind || nth, 'ready', at, at
FROM generate_series(1, {FILES}) nth CROSS JOIN LATERAL (SELECT now() - nth * interval '9 hours' AS at) t
"""
FILL_NOTES = f"""
INSERT INTO coach_notes (id, owner_kind, owner_id, author_id, text, is_shared, edited_at, created_at)
SELECT uuidv7(at - now()), 'athlete', :owner_id, :person_id, repeat('The long run was even, and the calf is well. ', 5),
       nth % 2 = 0, at, at
FROM generate_series(1, {NOTES}) nth CROSS JOIN LATERAL (SELECT now() - nth * interval '2 days' AS at) t
"""


def fill_lists(person: Person, crew: Crew, plan_id: uuid.UUID) -> None:
    """Give those who look what stands in their lists, and one person files on a plan and challenges of a crew, once."""
    if db.session.scalar(text("SELECT count(*) FROM follows")):
        return
    values = {"plan_id": make_plan().id, "crew_id": crew.id}
    for fill in FILLS:
        statement = text(fill)
        db.session.execute(statement, {name: values[name] for name in statement.compile().params})
    db.session.execute(text(FILL_FILES), {"kind": "plan", "owner_id": plan_id, "person_id": person.id})
    for number in range(BADGES):
        make_badge(criteria={"threshold": 50 + number})
    for number in range(CHALLENGES):
        make_challenge(crew, person, name=f"Challenge {number}")
    db.session.commit()
    vacuum()


def fill_athlete(coach: Person, athlete_id: uuid.UUID) -> None:
    """Give a coach templates, and files and notes on an athlete, once."""
    if db.session.scalar(text("SELECT count(*) FROM coach_notes")):
        return
    for fill in (FILL_FILES, FILL_NOTES):
        statement = text(fill)
        values = {"kind": "athlete", "owner_id": athlete_id, "person_id": coach.id}
        db.session.execute(statement, {name: values[name] for name in statement.compile().params})
    for number in range(TEMPLATES):
        make_template(coach, name=f"Template {number}")
    db.session.commit()
    vacuum()
