"""Checking in once a period, changing it, deleting it, and who reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from hampa.blocks.actions import block
from hampa.checkins.models import CheckIn
from hampa.crews.models import INACTIVE, CrewMembership
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.checkins import SCORES, make_check_in
from tests.factories.crews import add_member
from tests.factories.people import make_person
from tests.offline.test_offline import once

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)
"""In a week that began on Saturday 28 November."""


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


@pytest.fixture
def member(page, companion):
    """Return the client of a member."""
    return page.as_(companion)


def fields(answer, **given):
    """Return what the form of a page sends, with all four scores."""
    hidden = {
        one.get("name"): one.get("value")
        for one in answer.all("input", type="hidden")
        if one.get("name") != "csrf_token"
    }
    return (
        {name: hidden[name] for name in ("submission", "period", "replaces")}
        | SCORES
        | {"health": "well", "sharing": "private", **given}
    )


def stored():
    """Return all check-ins."""
    return db.session.scalars(
        select(CheckIn).order_by(CheckIn.period_from).execution_options(populate_existing=True)
    ).all()


def marked(answer, name):
    """Return the marked value of a scale, and the one of last time."""
    labels = [(label, label.find("input")) for label in answer.all("label")]
    scale = [(label, button) for label, button in labels if button is not None and button.get("name") == name]
    chosen = [button.get("value") for _label, button in scale if button.get("checked") is not None]
    last = [button.get("value") for label, button in scale if "scale-last" in label.get("class")]
    return chosen, last


def test_a_member_checks_in_and_the_database_counts_the_score(member, crew, companion):
    path = f"/crews/{crew.id}/check-in"
    form = member.get(path, 200)
    member.post(path, fields(form, note="Slept well", mood="🙂", energy="4"), 303)
    (one,) = stored()
    assert (one.score, one.note, one.energy, one.sharing) == (12, "Slept well", 4, "private")
    assert (str(one.period_from), str(one.period_to)) == ("2026-11-28", "2026-12-05")
    assert one.ends_at == datetime(2026, 12, 4, 20, 30, tzinfo=UTC)
    assert "12" in member.get("/me/check-ins", 200).words


@pytest.mark.parametrize("scale", sorted(SCORES))
@pytest.mark.parametrize("value", ["", "0", "11", "5.5", "x"])
def test_each_scale_needs_a_whole_number_from_1_to_10(member, crew, companion, scale, value):
    path = f"/crews/{crew.id}/check-in"
    answer = member.post(path, fields(member.get(path, 200), **{scale: value}), 422)
    assert not stored()
    others = [name for name in SCORES if name != scale]
    assert [marked(answer, name)[0] for name in others] == [[str(SCORES[name])] for name in others]
    assert answer.all(id=f"{scale}-error")


def test_the_database_refuses_other_scores(crew, companion):
    for name in SCORES:
        for value in (0, 11):
            with pytest.raises(IntegrityError), db.session.begin_nested():
                make_check_in(companion, crew, **{name: value})


def test_nobody_writes_the_score(crew, companion):
    one = make_check_in(companion, crew)
    with pytest.raises(Exception, match="generated column"), db.session.begin_nested():
        db.session.execute(text("UPDATE check_ins SET score = 29 WHERE id = :id"), {"id": one.id})


def test_a_second_one_is_refused_and_offers_to_change_the_first(member, crew, companion):
    path = f"/crews/{crew.id}/check-in"
    form = fields(member.get(path, 200))
    make_check_in(companion, crew, note="The first")
    answer = member.post(path, form | {"body": "3"}, 409)
    assert marked(answer, "body")[0] == ["3"]
    assert [one.note for one in stored()] == ["The first"]
    member.post(path, fields(answer, body="3"), 303)
    assert [(one.body, one.score) for one in stored()] == [(3, 9)]


def test_the_same_form_twice_checks_in_once(member, crew, companion):
    path = f"/crews/{crew.id}/check-in"
    form = fields(member.get(path, 200))
    member.post(path, form, 303)
    member.post(path, form, 303)
    assert len(stored()) == 1


def test_last_answers_are_marked_but_not_chosen(member, crew, companion):
    with clock.frozen(WEDNESDAY - timedelta(days=7)):
        make_check_in(companion, crew, body=2)
    answer = member.get(f"/crews/{crew.id}/check-in", 200)
    assert marked(answer, "body") == ([], ["2"])
    make_check_in(companion, crew, body=9)
    assert marked(member.get(f"/crews/{crew.id}/check-in", 200), "body") == (["9"], ["2"])


def test_a_form_of_the_last_period_counts_for_it_for_a_week(member, crew, companion):
    path = f"/crews/{crew.id}/check-in"
    form = fields(member.get(path, 200))
    late = datetime(2026, 12, 11, 20, 29, tzinfo=UTC)
    with clock.frozen(late + timedelta(minutes=1)):
        member.post(path, form, 422)
    with clock.frozen(late):
        member.post(path, form, 303)
    assert [str(one.period_from) for one in stored()] == ["2026-11-28"]
    for day in ("2026-12-05", "2026-11-29", "0001-01-01", "tomorrow"):
        member.post(path, form | {"submission": day, "period": day}, 422)


def test_after_its_period_it_is_not_changed_but_deleted(member, crew, companion):
    one = make_check_in(companion, crew)
    form = fields(member.get(f"/crews/{crew.id}/check-in", 200), body="1")
    with clock.frozen(one.ends_at):
        answer = member.post(f"/crews/{crew.id}/check-in", form, 422)
        assert "can be deleted" in answer.words
        member.post(f"/me/check-ins/{one.id}/delete", {}, 303)
    assert not stored()


def test_only_its_person_deletes_it(page, crew, companion, owner, operator, stranger):
    one = make_check_in(companion, crew, sharing="crew")
    for viewer in (owner, operator, stranger):
        page.as_(viewer).post(f"/me/check-ins/{one.id}/delete", {}, 404)
    assert len(stored()) == 1


def test_the_crew_reads_what_is_shared_and_nothing_else(page, crew, companion, owner, operator, stranger):
    private = make_person(name="Keeps Quiet")
    left = make_person(name="Went Away")
    add_member(crew, private)
    add_member(crew, left, status=INACTIVE)
    make_check_in(companion, crew, sharing="crew", note="Shared words")
    make_check_in(private, crew, note="Private words")
    make_check_in(left, crew, sharing="crew", note="Words of one who left")
    for viewer in (owner, companion, private):
        words = page.as_(viewer).get(f"/crews/{crew.id}/check-ins", 200).words
        assert "Shared words" in words and companion.name in words
        assert "Private words" not in words and "one who left" not in words
    for viewer in (operator, stranger, left):
        for path in (f"/crews/{crew.id}/check-ins", f"/crews/{crew.id}/check-in"):
            page.as_(viewer).get(path, 404)
    page.as_(None).get(f"/crews/{crew.id}/check-ins", 303)
    block(owner, companion.id)
    assert "Shared words" not in page.as_(owner).get(f"/crews/{crew.id}/check-ins", 200).words


def test_a_closed_crew_is_read_only(member, crew, companion):
    form = fields(member.get(f"/crews/{crew.id}/check-in", 200))
    crew.closed_at = clock.now()
    db.session.flush()
    member.post(f"/crews/{crew.id}/check-in", form, 422)
    assert not stored()


def test_a_check_in_outlives_its_crew(member, crew, companion):
    make_check_in(companion, crew, note="Stays with me")
    db.session.execute(text("DELETE FROM crews WHERE id = :id"), {"id": crew.id})
    db.session.expire_all()
    assert "Stays with me" in member.get("/me/check-ins", 200).words


def test_the_history_has_pages_the_newest_first(member, crew, companion):
    for weeks in range(23):
        with clock.frozen(WEDNESDAY - timedelta(weeks=weeks)):
            make_check_in(companion, crew, note=f"Week {weeks} back")
    first = member.get("/me/check-ins", 200)
    assert "Week 0 back" in first.words and "Week 19 back" in first.words and "Week 20 back" not in first.words
    (link,) = [one.get("href") for one in first.all("a") if one.get("rel") == "next"]
    assert "Week 22 back" in member.get(link, 200).words


def test_the_history_asks_for_what_is_open(member, crew, companion, owner):
    path = f"/crews/{crew.id}/check-in"
    assert any(one.get("href") == path for one in member.get("/me/check-ins", 200).all("a"))
    make_check_in(companion, crew)
    assert "Dawn Patrol" in member.get("/me/check-ins", 200).words
    with clock.frozen(datetime(2026, 12, 4, 20, 30, tzinfo=UTC)):
        links = [one.get("href") for one in member.get("/me/check-ins", 200).all("a")]
        assert links.count(path) == 1


def test_without_network_it_is_kept_and_done_once(member, crew, companion):
    path = f"/crews/{crew.id}/check-in"
    form = fields(member.get(path, 200), body="5")
    with clock.frozen(WEDNESDAY + timedelta(days=3)):
        for name in ("one", "one", "two"):
            once(member, path, name, form, 204)
        once(member, path, "three", form | {"submission": "another"}, 422)
    assert [(str(one.period_from), one.body) for one in stored()] == [("2026-11-28", 5)]


def test_memberships_count_only_while_they_are_active(member, crew, companion):
    membership = db.session.scalar(select(CrewMembership).where(CrewMembership.person_id == companion.id))
    form = fields(member.get(f"/crews/{crew.id}/check-in", 200))
    membership.status = INACTIVE
    db.session.flush()
    member.post(f"/crews/{crew.id}/check-in", form, 404)
    assert not stored()
