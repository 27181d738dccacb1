"""Leaving: what one is told, what happens to whom, and coming back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.account.actions.account_deletion import request_deletion
from hampa.auth.actions import codes
from hampa.auth.models import Session
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run
from hampa.runs.queries.people import participation_of
from hampa.safety.models import Watch
from tests.auth.signing_in import answer, ask, codes_sent, sign_in, wrong
from tests.factories.auth import make_session
from tests.factories.base import made
from tests.factories.cards import make_card, make_companions, make_interest
from tests.factories.comments import make_comment
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run, take_part
from tests.factories.series import make_series


def leaving(page, person, **fields):
    """Return the form for leaving, with the code filled in."""
    mine = page.as_(person)
    mine.post("/me/delete/code", status=303)
    form = mine.get("/me/delete", 200).form("/me/delete")
    return form.fill(code=codes_sent(person.phone, "delete")[-1], **fields)


def leave(page, person, work, **fields):
    """Leave, and let the worker see to what that means."""
    answered = leaving(page, person, **fields).submit(status=303)
    work()
    db.session.refresh(person)
    return answered


def told(person: Person, type: str) -> int:
    mine = select(func.count()).where(Notification.person_id == person.id, Notification.type == type)
    return db.session.scalar(mine) or 0


def test_it_says_what_happens_before(page, owner, companion):
    run = make_run(owner, title="Around the lake")
    take_part(run, companion)
    take_part(make_run(companion), owner)
    make_interest(companion, make_card(owner))
    mine = page.as_(owner)
    mine.post("/me/delete/code", status=303)
    words = mine.get("/me/delete", 200).words
    for expected in (
        "1 upcoming run or series is yours",
        "Your place in 1 run",
        "1 person is waiting",
        "Around the lake",
    ):
        assert expected in words


def test_each_run_to_come_is_named_before_a_code_is_asked_for(page, owner, companion):
    make_run(owner, title="Alone at dawn")
    shared = make_run(owner, title="Together at dusk")
    add_organiser(shared, companion, takes_over=True)
    words = page.as_(owner).get("/me/delete", 200).words
    assert "Alone at dawn" in words and "nobody organises it with you" in words
    assert "Together at dusk" in words and "You can hand it over" in words


def test_without_the_right_code_nothing_happens(page, owner):
    form = leaving(page, owner)
    code = codes_sent(owner.phone, "delete")[-1]
    again = form.fill(code=wrong(code)).submit(status=422)
    assert "autofocus" in again.one(name="code").attrib, "what is wrong is in sight"
    db.session.refresh(owner)
    assert owner.state == "active"


@pytest.mark.parametrize("purpose", ["sign_in", "prove", "new_phone"])
def test_a_code_for_something_else_deletes_nothing(page, owner, purpose):
    from hampa.auth import code_flow
    from hampa.auth.actions import codes

    sent = codes.send_code(owner.phone, codes.Browser("192.0.2.1"), "secret", purpose=purpose)
    with pytest.raises(code_flow.NotFound):
        codes.check_code(sent.id, "secret", "000000", codes.Browser("192.0.2.1"), "delete")


def test_a_code_for_deleting_signs_nobody_in(page, owner, monkeypatch):
    monkeypatch.setattr(codes, "generate_code", iter(["271828", "314159"]).__next__)
    leaving(page, owner)
    visitor = page.as_(None)
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        ask(visitor, owner.phone, status=303)
        assert (codes_sent(owner.phone, "delete"), codes_sent(owner.phone)) == (["271828"], ["314159"])
        answer(visitor, "271828", status=422)


def test_nobody_sees_who_left_and_all_sessions_end(page, owner, companion, stranger, work):
    make_companions(companion, owner)
    card = make_card(owner, title="Calm mornings")
    past = make_run(owner)
    take_part(past, companion)
    make_comment(past, owner, text="Well done")
    make_session(owner)
    leave(page, owner, work)
    assert not db.session.scalars(
        select(Session).where(Session.person_id == owner.id, Session.ended_at.is_(None))
    ).all()
    assert owner.state == "leaving"
    page.as_(companion).get(f"/people/{owner.id}", 404)
    page.as_(companion).get(f"/cards/{card.id}", 404)
    assert "Calm mornings" not in page.as_(stranger).get("/cards", 200).words
    assert "Sara" not in page.as_(companion).get("/me/cards", 200).words
    words = page.as_(companion).get(f"/runs/{past.id}", 200).words
    assert "Sara" not in words
    assert "Deleted person" in words
    assert "Well done" in page.as_(companion).get(f"/runs/{past.id}/comments", 200).words


def test_an_sms_says_until_when_one_can_come_back(page, owner, work):
    leave(page, owner, work)
    sent = db.session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "person_leaving")).one()
    assert (sent.recipient, sent.status) == (owner.phone, "sent")


def test_a_run_without_an_heir_is_cancelled_and_its_people_told(page, owner, companion, work):
    run = make_run(owner)
    take_part(run, companion)
    leave(page, owner, work)
    assert db.session.get_one(Run, run.id).cancelled_at is not None
    assert told(companion, "run_cancelled") == 1


def test_a_run_goes_to_whom_one_chose(page, owner, companion, stranger, work):
    run = make_run(owner)
    for heir in (companion, stranger):
        add_organiser(run, heir, takes_over=True)
    leave(page, owner, work, **{f"heir_{run.id.hex}": str(stranger.id)})
    db.session.refresh(run)
    assert (run.organiser_id, run.cancelled_at) == (stranger.id, None)
    assert told(stranger, "run_handed_over") == 1
    assert "Deleted person" not in page.as_(companion).get(f"/runs/{run.id}", 200).words


def test_a_run_that_nobody_is_to_have_is_cancelled(page, owner, companion, work):
    run = make_run(owner)
    add_organiser(run, companion, takes_over=True)
    leave(page, owner, work, **{f"heir_{run.id.hex}": "cancel"})
    assert db.session.get_one(Run, run.id).cancelled_at is not None


def test_who_organises_it_without_having_agreed_to_own_it_is_no_heir(page, owner, companion, work):
    run = make_run(owner)
    add_organiser(run, companion)
    request_deletion(owner, {str(run.id): str(companion.id)})
    db.session.commit()
    work()
    db.session.refresh(run)
    assert run.organiser_id == owner.id and run.cancelled_at is not None


def test_a_series_goes_to_nobody_who_never_agreed(page, owner, stranger, work):
    series = make_series(owner)
    work()
    request_deletion(owner, {str(series.id): str(stranger.id)})
    db.session.commit()
    work()
    db.session.refresh(series)
    assert series.organiser_id == owner.id and series.ended_at is not None


def test_only_who_organises_it_can_be_the_heir(page, owner, companion, stranger):
    run = make_run(owner)
    add_organiser(run, companion, takes_over=True)
    mine = page.as_(owner)
    mine.post("/me/delete/code", status=303)
    code = codes_sent(owner.phone, "delete")[-1]
    fields = {"code": code, f"heir_{run.id.hex}": str(stranger.id)}
    assert "Choose one of these" in mine.post("/me/delete", fields, status=422).words


def test_a_series_goes_on_with_its_heir(page, owner, companion, work):
    series = make_series(owner)
    work()
    for run in db.session.scalars(select(Run).where(Run.series_id == series.id)):
        add_organiser(run, companion, takes_over=True)
    leave(page, owner, work, **{f"heir_{series.id.hex}": str(companion.id)})
    db.session.refresh(series)
    assert (series.organiser_id, series.ended_at) == (companion.id, None)
    owners = set(db.session.scalars(select(Run.organiser_id).where(Run.series_id == series.id)))
    assert owners == {companion.id}


def test_a_series_without_an_heir_ends(page, owner, companion, work):
    series = make_series(owner, companion)
    work()
    leave(page, owner, work)
    db.session.refresh(series)
    assert series.ended_at is not None
    on = select(func.count()).where(Run.series_id == series.id, Run.cancelled_at.is_(None))
    assert db.session.scalar(on) == 0


def test_ones_place_goes_to_who_waits(page, owner, companion, stranger, work):
    run = make_run(stranger, capacity=2)
    take_part(run, owner)
    take_part(run)
    take_part(run, companion, "WAITLISTED")
    leave(page, owner, work)
    mine, theirs = participation_of(owner, run.id), participation_of(companion, run.id)
    assert (mine.status, theirs.status) == ("LEFT", "GOING")
    assert told(companion, "run_promoted") == 1


def test_requests_end_both_ways(page, owner, companion, stranger, work):
    asked = make_interest(companion, make_card(owner))
    code_flow = make_interest(owner, make_card(stranger))
    leave(page, owner, work)
    for interest in (asked, code_flow):
        db.session.refresh(interest)
    assert (asked.status, code_flow.status) == ("ended", "withdrawn")
    assert told(companion, "interest_ended") == 1


def test_who_is_waited_for_says_first_that_they_are_home(page, owner):
    now = clock.now()
    made(
        Watch,
        person_id=owner.id,
        contact_name="Maman",
        contact_phone="+989121234567",
        expected_at=now + timedelta(hours=1),
        heard_at=now,
        next_at=now,
    )
    assert "First say that you're home" in page.as_(owner).get("/me/delete", 200).words
    mine = page.as_(owner)
    mine.post("/me/delete/code", status=303)
    mine.post("/me/delete", {"code": codes_sent(owner.phone, "delete")[-1]}, status=422)
    db.session.refresh(owner)
    assert owner.state == "active"


def test_the_last_operator_stays(page, operator, work):
    assert "You're the only one running this place" in page.as_(operator).get("/me/delete", 200).words
    make_person(is_operator=True)
    leave(page, operator, work)
    assert operator.state == "leaving"


def test_signing_in_asks_and_brings_everything_back(page, owner, companion, work):
    make_companions(companion, owner)
    card = make_card(owner, title="Calm mornings")
    leave(page, owner, work)
    with clock.frozen(clock.now() + timedelta(days=13)):
        visitor = page.as_(None)
        assert sign_in(visitor, owner.phone).location == "/login/stay"
        visitor.get("/me", 303)
        form = visitor.get("/login/stay", 200).form("/login/stay")
        assert form.submit(status=303).location == "/"
        assert "Sara Karimi" in visitor.get("/me", 200).words
        page.as_(companion).get(f"/people/{owner.id}", 200)
        page.as_(companion).get(f"/cards/{card.id}", 200)
    db.session.refresh(owner)
    assert (owner.state, owner.put_aside, owner.leaving_at) == ("active", None, None)


def test_who_is_just_not_erased_yet_is_told_no_time_that_is_over(page, owner, work):
    leave(page, owner, work)
    with clock.frozen(clock.now() + timedelta(days=14, minutes=5)):
        visitor = page.as_(None)
        sign_in(visitor, owner.phone)
        words = visitor.get("/login/stay", 200).words
    assert "about to go for good" in words and "Until" not in words


def test_who_signs_in_and_says_nothing_goes_on_leaving(page, owner, work):
    leave(page, owner, work)
    visitor = page.as_(None)
    sign_in(visitor, owner.phone)
    visitor.get("/login/stay", 200)
    db.session.refresh(owner)
    assert owner.state == "leaving"
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        visitor.post("/login/stay", status=303)
    db.session.refresh(owner)
    assert owner.state == "leaving"


def test_coming_back_at_once_keeps_what_the_worker_had_not_reached(page, owner, companion, work):
    run = make_run(owner)
    take_part(run, companion)
    leaving(page, owner).submit(status=303)
    visitor = page.as_(None)
    sign_in(visitor, owner.phone)
    visitor.get("/login/stay", 200).form("/login/stay").submit(status=303)
    work()
    assert db.session.get_one(Run, run.id).cancelled_at is None


def test_the_page_speaks_persian_too(page, owner):
    make_run(owner)
    owner.locale = "fa"
    assert "حسابم را حذف کن" in page.speaking("fa").as_(owner).get("/me/delete", 200).words
