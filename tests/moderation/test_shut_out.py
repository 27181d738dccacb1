"""Who is shut out: whom lists leave out, and the index by which they are found."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from hampa.people.models import STATES, Person
from hampa.people.queries import is_not_shut_out
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.factories.people import make_person
from tests.factories.runs import make_run


def test_who_is_suspended_or_banned_is_left_out_by_an_index_of_them_alone(db_session):
    people = {state: make_person(state=state) for state in STATES}
    runs = {make_run(person).id: state for state, person in people.items()}
    shown = select(Run.id).where(is_not_shut_out(Run.organiser_id))
    assert {runs[one] for one in db.session.scalars(shown)} == {"active", "leaving", "erased"}
    shown_people = set(db.session.scalars(select(Person.id).where(is_not_shut_out(Person.id))))
    assert {state for state, person in people.items() if person.id in shown_people} == {"active", "leaving", "erased"}

    predicate = db.session.scalar(
        text("SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'ix_people_shut_out'::regclass")
    )
    indexed = select(Person.state).where(text(predicate))
    assert sorted(db.session.scalars(indexed)) == ["banned", "suspended"]
    one = shown.where(Run.id == next(iter(runs)))
    sql = one.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(db.session.scalars(text(f"EXPLAIN {sql}")))
    assert "ix_people_shut_out" in plan, plan
