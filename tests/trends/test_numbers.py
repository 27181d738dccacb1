"""The numbers of a crew: when they are published, what they are, who sees them, and that they stay."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from hampa.checkins import actions as checkins
from hampa.checkins.models import CheckIn
from hampa.crews.actions import crews as crew_actions, memberships
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.trends.models import CrewNumbers
from tests.factories.checkins import SCORES, make_check_in
from tests.trends.conftest import END, SETTLED, WEDNESDAY, answer, publish, weeks_back

ANSWERS = {**SCORES, "note": "", "mood": "", "energy": None, "health": "well", "sharing": "numbers", "counted_from": 5}


def rows(crew):
    """Return the rows of the crew's numbers as they are in the database."""
    query = select(CrewNumbers).where(CrewNumbers.crew_id == crew.id).order_by(CrewNumbers.period_from)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def shown(program, person, crew):
    """Return what a program of a person reads of the crew's numbers."""
    with clock.frozen(SETTLED + timedelta(days=1)):
        return program.as_(person).get(f"/crews/{crew.id}/check-ins/numbers", 200).data["periods"]


def test_numbers_come_once_after_the_period_has_settled_and_stay(page, program, crew, people):
    answer(people[1:5], crew)
    answer(people[5:6], crew, productive=1)
    assert publish(SETTLED - timedelta(seconds=1)) == 0
    assert shown(program, people[0], crew) == []
    assert publish() == 1
    means = {"productive": 7.0, "satisfied": 7.0, "body": 6.0, "care": 9.0, "score": 11.0}
    days = {"first": "2026-11-28", "last": "2026-12-04"}
    assert shown(program, people[0], crew) == [{**days, **means, "answers": 5, "members": 10}]
    # Whatever becomes of the answers, of the people and of the crew: there is no second version.
    db.session.execute(delete(CheckIn).where(CheckIn.person_id == people[5].id))
    make_check_in(people[6], crew, sharing="numbers")
    memberships.leave_crew(people[4], crew.id)
    db.session.execute(delete(Person).where(Person.id == people[3].id))
    crew_actions.change_crew(people[0], crew.id, crew_values(crew, numbers_from=20))
    assert publish(SETTLED + timedelta(days=30)) == 0
    assert shown(program, people[0], crew) == [{**days, **means, "answers": 5, "members": 10}]


def crew_values(crew, **changed):
    names = ("name", "max_members", "frequency", "first_day", "timezone", "numbers_from", "is_listed", "agreement")
    return {name: getattr(crew, name) for name in names} | changed


def test_too_few_are_never_published_and_look_like_none(page, program, crew, people):
    answer(people[1:5], crew)
    answer(people[5:8], crew, sharing="private")
    publish()
    assert [row.answers for row in rows(crew)] == [None]
    before = page.as_(people[0]).get(f"/crews/{crew.id}/check-ins/numbers", 200).words
    db.session.execute(delete(CrewNumbers))
    assert page.as_(people[0]).get(f"/crews/{crew.id}/check-ins/numbers", 200).words == before
    assert shown(program, people[0], crew) == []


def test_named_answers_count_alone_while_the_others_are_few(program, crew, people):
    answer(people[:5], crew, sharing="crew", body=8)
    answer(people[5:9], crew, body=1)
    publish()
    assert [(row["answers"], row["body"]) for row in shown(program, people[0], crew)] == [(5, 8.0)]


def test_an_answer_that_was_read_before_it_was_hidden_hides_nobody(crew, people):
    for person, sharing in zip(people[:5], ["numbers"] * 4 + ["crew"], strict=True):
        checkins.check_in(person, crew.id, None, ANSWERS | {"sharing": sharing})
    checkins.check_in(people[4], crew.id, None, ANSWERS, replaces=True)
    assert [row.withdrawn for row in rows(crew)] == [1]
    publish()
    assert [row.answers for row in rows(crew)] == [None]


def test_deleting_what_was_read_and_answering_again_hides_nobody(crew, people):
    answer(people[:4], crew)
    one = checkins.check_in(people[4], crew.id, None, ANSWERS | {"sharing": "crew"})
    checkins.delete_check_in(people[4], one.id)
    db.session.flush()
    checkins.check_in(people[4], crew.id, None, ANSWERS)
    publish()
    assert [(row.withdrawn, row.answers) for row in rows(crew)] == [(1, None)]


def test_the_promise_of_the_page_holds_when_the_crew_lowers_it(page, crew, people):
    reader = page.as_(people[1])
    path = f"/crews/{crew.id}/check-in"
    form = reader.get(path, 200)
    hidden = {one.get("name"): one.get("value") for one in form.all("input", type="hidden")}
    assert hidden["counted_from"] == "5"
    crew.numbers_from = 3
    db.session.flush()
    sent = {name: hidden[name] for name in ("submission", "period", "replaces", "counted_from")}
    reader.post(path, sent | SCORES | {"health": "well", "sharing": "numbers"}, 303)
    stored = db.session.scalars(select(CheckIn)).one()
    assert (stored.sharing, stored.counted_from) == ("numbers", 5)
    checkins.check_in(people[1], crew.id, None, ANSWERS | {"counted_from": 0}, replaces=True)
    assert stored.counted_from == 5


def test_what_is_late_counts_until_the_period_has_settled(crew, people):
    answer(people[:4], crew)
    with clock.frozen(SETTLED - timedelta(minutes=1)):
        checkins.check_in(people[4], crew.id, END.date() - timedelta(days=6), ANSWERS)
    publish()
    with clock.frozen(SETTLED + timedelta(days=1)):
        checkins.check_in(people[5], crew.id, END.date() - timedelta(days=6), ANSWERS)
    assert publish(SETTLED + timedelta(days=9)) == 0
    assert [row.answers for row in rows(crew)] == [5]


def test_the_database_keeps_a_period_once_and_whole(crew, people):
    answer(people[:5], crew)
    (row,) = rows(crew)
    period = {"crew_id": crew.id, "period_from": row.period_from, "period_to": row.period_to, "ends_at": row.ends_at}
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(CrewNumbers.__table__.insert().values(**period))
    with pytest.raises(IntegrityError, match="whole"), db.session.begin_nested():
        db.session.execute(text("UPDATE crew_numbers SET body = 3, published_at = now()"))


def test_only_members_see_them_each_beside_their_own(page, program, crew, people, stranger, operator):
    for week in range(1, 6):
        with clock.frozen(weeks_back(week)):
            answer(people[1:7], crew, body=4)
            make_check_in(people[0], crew, sharing="private", body=9)
    publish()
    answer(people[1:7], crew)
    paths = (f"/crews/{crew.id}/check-ins/numbers", f"/crews/{crew.id}/check-ins/numbers/mine")
    for viewer in (stranger, operator):
        for path in paths:
            page.as_(viewer).get(path, 404)
            program.as_(viewer).get(path, 404)
    for path in paths:
        page.as_(None).get(path, 303)
    admin, member = page.as_(people[0]), page.as_(people[9])
    numbers = admin.get(paths[0], 200)
    assert len(numbers.all("tr")) == 1 + 5 and len(numbers.all("figure")) == 5
    assert "at least 5 of 10" in numbers.words
    assert numbers.words == member.get(paths[0], 200).words
    own = admin.get(paths[1], 200).words
    assert "Body on average: 9 for you, 4 for your crew, in 5 check-ins." in own
    assert "for you" not in member.get(paths[1], 200).words
    program_of = program.as_(people[0], "check-ins:read")
    beside = program_of.get(paths[1], 200).data
    assert [(one["crew"]["body"], one["mine"]["body"]) for one in beside["periods"]] == [(4.0, 9.0)] * 5
    assert [one["measure"] for one in beside["insights"]] == ["score", "body"]
    people[0].locale = "fa"
    db.session.commit()
    assert "میانگین بدن در ۵ حال‌نامه: ۹ برای تو، ۴ برای گروهت." in page.as_(people[0]).get(paths[1], 200).words
    program.as_(people[0], "runs:read").get(paths[0], 403)


def test_a_crew_that_goes_takes_its_numbers_along(crew, people):
    answer(people[:6], crew, sharing="crew")
    publish()
    db.session.execute(text("DELETE FROM crews WHERE id = :id"), {"id": crew.id})
    assert not rows(crew)
    assert db.session.scalar(text("SELECT count(*) FROM check_ins")) == 6


def test_the_job_publishes_all_that_is_due(work, crew, people):
    from hampa.trends import jobs

    for week in range(1, 4):
        with clock.frozen(weeks_back(week)):
            answer(people[:5], crew)
    with clock.frozen(WEDNESDAY):
        jobs.publish_due()
        jobs.publish_due()
    assert [row.answers for row in rows(crew)] == [5, 5, 5]
    assert all(row.score == Decimal(12) for row in rows(crew))
