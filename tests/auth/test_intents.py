"""What a visitor pressed is done once they have signed in, and nothing that somebody else planted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.cards.models import Interest
from hampa.people.actions import block
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import PaceGroup, Run
from tests.auth.signing_in import answer, ask, codes_sent
from tests.factories.base import made
from tests.factories.cards import make_card
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.page import Answer, Page


def statuses(run: Run) -> dict[str, str]:
    """Return how people are in the run, by number."""
    db.session.expire_all()
    query = select(Person.phone, Participation.status).join(Participation, Participation.person_id == Person.id)
    rows = db.session.execute(query.where(Participation.run_id == run.id))
    return {row.phone: row.status for row in rows}


def press(page: Page, run: Run, button: str = "I'm in") -> Answer:
    """Press a button of the run's bar as a visitor, and see the sign-in page."""
    links = [link for link in page.get(f"/runs/{run.id}", 200).all("a") if button in "".join(link.itertext()).strip()]
    return page.get(links[0].attrib["href"], 200)


def number_and_code(login: Answer, phone: str) -> Answer:
    """Type number and code into the forms of the sign-in pages; return where that leads."""
    page = login.form("/login").fill(phone=phone).submit(status=303).follow()
    return page.form("/login/code").fill(code=codes_sent(phone)[-1]).submit(status=303)


@pytest.mark.parametrize(
    ("given", "button", "status"),
    [
        ({}, "I'm in", "GOING"),
        ({}, "Interested", "INTERESTED"),
        ({"capacity": 2}, "Join the waitlist", "WAITLISTED"),
        ({"join_policy": "approval"}, "Ask to join", "REQUESTED"),
    ],
)
def test_what_a_visitor_pressed_is_named_done_and_confirmed_once(page, owner, given, button, status):
    run, runner = make_run(owner, title="Dawn by the lake", **given), make_person()
    if given.get("capacity"):
        take_part(run, guests=1)
    login = press(page, run, button)
    assert "Dawn by the lake" in login.words
    assert run.place in login.words
    code_page = login.form("/login").fill(phone=runner.phone).submit(status=303).follow()
    assert "Dawn by the lake" in code_page.words
    assert "".join(code_page.form("/login/code").element.find(".//button").itertext()).strip() == button
    assert runner.phone not in statuses(run)
    done = code_page.form("/login/code").fill(code=codes_sent(runner.phone)[-1]).submit(status=303)
    assert done.location == f"/runs/{run.id}"
    assert statuses(run)[runner.phone] == status
    shown = done.follow()
    assert shown.one(id="joined") is not None
    assert not page.get(f"/runs/{run.id}", 200).all(id="joined")
    [undo] = [form for form in shown.forms if form.action.endswith("/leave")]
    undo.submit(status=303)
    assert statuses(run)[runner.phone] == "LEFT"


def test_a_newcomer_is_asked_for_a_name_alone_in_persian(page, owner, number):
    run = make_run(owner, title="صبح دریاچه")
    persian = page.speaking("fa")
    link = [link for link in persian.get(f"/runs/{run.id}", 200).links if "act=run_join" in link]
    asked = number_and_code(persian.get(link[0], 200), number).follow()
    assert asked.url.startswith(f"/runs/{run.id}/join")
    assert asked.form().names == ["step", "status", "own_name"]
    done = asked.form().fill(own_name="نگار").submit(status=303)
    assert statuses(run)[number] == "GOING"
    assert "joined" in [element.get("id") for element in done.follow().all()]


def test_the_pace_group_is_asked_for_and_a_tap_on_it_joins(page, owner):
    run, runner = make_run(owner), make_person()
    for position, name in enumerate(("Easy", "Brisk")):
        made(PaceGroup, run_id=run.id, position=position, name=name, pace=390 - 60 * position)
    asked = number_and_code(press(page, run), runner.phone).follow()
    assert not statuses(run)
    brisk = db.session.scalars(select(PaceGroup).where(PaceGroup.name == "Brisk")).one()
    asked.form().submit(str(brisk.id), status=303)
    assert db.session.scalars(select(Participation.pace_group_id)).one() == brisk.id


def test_an_interest_in_a_card_is_sent(page, owner):
    card, runner = make_card(owner), make_person()
    [link] = [link for link in page.get(f"/cards/{card.id}", 200).links if "act=card_interest" in link]
    login = page.get(link, 200)
    assert card.title in login.words
    done = number_and_code(login, runner.phone)
    assert done.location == f"/cards/{card.id}"
    assert [one.sender_id for one in db.session.scalars(select(Interest))] == [runner.id]
    assert done.follow().form(f"/interests/{db.session.scalars(select(Interest.id)).one()}") is not None


def test_a_nameless_sender_of_an_interest_is_asked_for_the_name(page, owner, number):
    card = make_card(owner)
    [link] = [link for link in page.get(f"/cards/{card.id}", 200).links if "act=card_interest" in link]
    asked = number_and_code(page.get(link, 200), number).follow()
    assert asked.url == f"/cards/{card.id}/interest"
    assert not db.session.scalars(select(Interest)).all()
    asked.form().fill(own_name="Negar").submit(status=303)
    assert len(db.session.scalars(select(Interest)).all()) == 1


def test_a_session_that_has_ended_loses_no_press(page, owner):
    run, runner = make_run(owner), make_person()
    for browser in (page.as_(None), page.as_(None).htmx):
        login = browser.post(f"/runs/{run.id}/join", {"status": "GOING"}).follow()
        number_and_code(login, runner.phone)
        assert statuses(run)[runner.phone] == "GOING"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"capacity": 2}, "all places are taken"),
        ({"joining_closes_at": -1}, "Joining is closed"),
        ({"cancelled_at": -1}, "This run is cancelled"),
        ({"company": "women"}, "This run is for women only"),
        ({"join_policy": "approval"}, "ask to join"),
    ],
)
def test_what_cannot_be_done_any_more_says_why_and_offers_what_can(page, owner, change, words):
    run, runner = make_run(owner), make_person(gender="male")
    login = press(page, run)
    for name, value in change.items():
        setattr(run, name, clock.now() + timedelta(hours=value) if name.endswith("_at") else value)
    if "capacity" in change:
        take_part(run, guests=1)
    shown = number_and_code(login, runner.phone).follow()
    assert shown.url == f"/runs/{run.id}"
    assert words in shown.words
    assert runner.phone not in statuses(run)
    joins = [form for form in shown.forms if form.action.endswith("/join")]
    assert bool(joins) == ("capacity" in change or "join_policy" in change)


def test_a_woman_is_asked_on_the_run_page(page, owner):
    run, runner = make_run(owner), make_person()
    login = press(page, run)
    run.company = "women"
    shown = number_and_code(login, runner.phone).follow()
    [button] = [form for form in shown.forms if form.values.get("is_woman")]
    button.submit(status=303)
    assert statuses(run)[runner.phone] == "GOING"


def test_who_is_blocked_learns_nothing(page, owner):
    run, runner = make_run(owner), make_person()
    block(owner, runner.id)
    done = number_and_code(press(page, run), runner.phone)
    assert done.location == "/"
    assert run.title not in done.follow().words
    assert not statuses(run)


def test_who_goes_already_is_told_so(page, owner):
    run = make_run(owner)
    runner = take_part(run)
    assert "You had done that already" in number_and_code(press(page, run), runner.phone).follow().words


def test_a_link_performs_nothing_for_who_is_signed_in(page, owner, stranger):
    run = make_run(owner)
    went = page.as_(stranger).get(f"/login?act=run_join:{run.id}", 303)
    assert went.location == f"/runs/{run.id}"
    assert not statuses(run)


def test_a_planted_link_does_not_ride_on_a_code_that_was_asked_for_without_it(page, owner, stranger):
    run = make_run(owner)
    ask(page, stranger.phone, status=303)
    page.get(f"/login?act=run_join:{run.id}", 200)
    page.get(f"/login/code?act=run_join:{run.id}", 200)
    answer(page, codes_sent(stranger.phone)[-1], status=303)
    assert not statuses(run)


def test_a_new_request_for_a_code_forgets_what_was_pressed_before(page, owner, stranger):
    run = make_run(owner)
    press(page, run).form("/login").fill(phone=make_person().phone).submit(status=303)
    ask(page, stranger.phone, status=303)
    assert run.title not in page.get("/login/code", 200).words
    answer(page, codes_sent(stranger.phone)[-1], status=303)
    assert not statuses(run)


def test_another_code_keeps_what_was_pressed_for_half_an_hour(page, owner, stranger):
    run = make_run(owner)
    press(page, run).form("/login").fill(phone=stranger.phone).submit(status=303)
    for minutes in (4, 8):
        with clock.shifted(timedelta(minutes=minutes)):
            again = page.post("/login/code/resend", {}, 303).follow()
            assert run.title in again.words
    with clock.shifted(timedelta(minutes=9)):
        answer(page, codes_sent(stranger.phone)[-1], status=303)
    assert statuses(run)[stranger.phone] == "GOING"


def test_what_was_pressed_long_ago_is_not_done(page, owner, stranger):
    run = make_run(owner)
    press(page, run).form("/login").fill(phone=stranger.phone).submit(status=303)
    with page.client.session_transaction() as cookie:
        code_id, token, at = cookie["intent"]
        cookie["intent"] = [code_id, token, at - 31 * 60]
    answer(page, codes_sent(stranger.phone)[-1], status=303)
    assert not statuses(run)


def test_the_act_of_one_browser_is_not_that_of_another(page, owner, stranger):
    run, other = make_run(owner), Page(page.app)
    press(page, run).form("/login").fill(phone=stranger.phone).submit(status=303)
    with clock.shifted(timedelta(minutes=3)):
        ask(other, stranger.phone, status=303)
        answer(other, codes_sent(stranger.phone)[-1], status=303)
    assert not statuses(run)


def test_an_account_that_is_entered_for_somebody_else_gets_no_press_of_theirs(page, owner, stranger):
    """Another site can't send the number or the code for a browser, so it signs nobody in under an account of its own."""
    run = make_run(owner)
    login = press(page, run).form("/login").fill(phone=stranger.phone)
    page.post_raw("/login", login.values, 400, headers={"Sec-Fetch-Site": "cross-site"})
    login.submit(status=303)
    fields = {"code": codes_sent(stranger.phone)[-1], "csrf_token": page.token()}
    page.post_raw("/login/code", fields, 400, headers={"Origin": "https://evil.example"})
    assert not statuses(run)


@pytest.mark.parametrize(
    "act", ["", "x", "run_join", "run_join:", "run_join:1", "nothing:1", "run_join:../..", "<b>:x", "%00"]
)
def test_an_unknown_act_is_plain_sign_in(page, stranger, act):
    login = page.get("/login", 200, query_string={"act": act})
    assert "Only sign in" not in login.words
    done = number_and_code(login, stranger.phone)
    assert done.location == "/"


def test_sign_in_without_the_act_is_offered(page, owner, stranger):
    run = make_run(owner)
    login = press(page, run)
    plain = page.get(next(link for link in login.links if link.startswith("/login?next=")), 200)
    assert number_and_code(plain, stranger.phone).location == f"/runs/{run.id}"
    assert not statuses(run)


def test_the_act_of_a_run_that_is_gone_is_plain_sign_in(page, owner, stranger):
    run = make_run(owner, starts_local=in_days(3))
    login = press(page, run)
    db.session.delete(run)
    assert number_and_code(login, stranger.phone).location == "/"
