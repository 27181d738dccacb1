"""A page of a timeline reads few entries, however many there are."""

from __future__ import annotations

import re

from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from hampa.platform.db import db
from hampa.timeline.queries import timeline
from tests.factories.crews import make_crew
from tests.factories.people import make_person

MANY = 2_000

FILL = """
WITH others AS (
    INSERT INTO people SELECT copy.* FROM people, generate_series(1, :many) n, jsonb_populate_record(people, jsonb_build_object(
        'id', gen_random_uuid(), 'phone', '+98913' || 1000000 + n)) AS copy WHERE people.id = :person_id RETURNING id
), members AS (
    INSERT INTO crew_memberships (id, crew_id, person_id, joined_at)
    SELECT gen_random_uuid(), :crew_id, id, now() FROM others
)
INSERT INTO timeline_entries (id, kind, subject_id, person_id, crew_id, happened_at)
SELECT gen_random_uuid(), 'crew_joined', :crew_id, id, :crew_id, now() - random() * interval '1 year' FROM others
"""


def test_a_page_of_a_crew_of_many_looks_at_few_of_its_entries(db_session):
    viewer = make_person()
    crew = make_crew(viewer, max_members=5_000)
    db.session.execute(text(FILL), {"many": MANY, "person_id": viewer.id, "crew_id": crew.id})
    db.session.execute(text("ANALYZE timeline_entries, people, crew_memberships"))
    asked = []

    def note(_connection, _cursor, statement, parameters, *_more):
        if "timeline_likes" in statement:
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        page = timeline(viewer, crew_id=crew.id)
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert len(page.items) == 20 and page.next
    statement, parameters = asked[0]
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", parameters)
    plan = "\n".join(row[0] for row in rows)
    read = re.findall(r" on timeline_entries .*actual rows=(\d+)", plan)
    assert list(map(int, read)) == [21], plan
