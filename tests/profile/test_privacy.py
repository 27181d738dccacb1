"""Who sees what: five viewers on a person's page, and that what one is shown of it is what they get."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from hampa.cards.models import Card
from hampa.people.models import Block
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.texts.cleaning import DELETED_NAME
from tests.factories.base import made
from tests.factories.cards import make_card, make_companions
from tests.factories.crews import add_member, make_crew
from tests.factories.people import let_be, make_person
from tests.factories.profiles import make_face
from tests.factories.runs import in_days, make_run, take_part
from tests.house.routes import VIEWERS
from tests.html import words

OPEN = {
    "everyone": {"visitor", "stranger", "companion", "owner", "operator"},
    "signed_in": {"stranger", "companion", "owner", "operator"},
    "companions": {"companion", "owner", "operator"},
}


@pytest.fixture
def full(owner, companion):
    """Return a person with everything that a page shows, and with what it must not show."""
    make_companions(companion, owner)
    make_face(owner)
    owner.bio, owner.handle = "quince-bio", "sara_runs"
    owner.birth_year, owner.shows_age, owner.gender = clock.now().year - 34, True, "female"
    owner.email, owner.email_verified_at = "secret@example.org", clock.now()
    owner.emergency_name, owner.emergency_phone = "secret-contact", "+989127650000"
    owner.last_active_at = clock.now() - timedelta(minutes=17)
    make_card(owner, title="quince-card")
    make_run(owner, title="quince-to-come")
    take_part(make_run(make_person(), title="quince-past", starts_local=in_days(-3)), owner, "COMPLETED")
    take_part(
        make_run(make_person(), title="secret-run", starts_local=in_days(-4), visibility="link"), owner, "COMPLETED"
    )
    return owner


def facts(said):
    """Which of what a page could say it says."""
    known = ("quince-bio", "@sara_runs", "30 to 39", "quince-card", "quince-to-come", "quince-past", "Last seen")
    return {fact for fact in known if fact in said}


@pytest.mark.parametrize("visibility", OPEN)
@pytest.mark.parametrize("viewer", VIEWERS)
def test_a_page_opens_to_whom_it_should(page, full, viewer, visibility, request):
    full.profile_visibility = visibility
    browser = page.as_(request.getfixturevalue(viewer))
    for address in (f"/people/{full.id}", "/@sara_runs"):
        answer = browser.get(address, 200 if viewer in OPEN[visibility] else 404)
        assert bool(facts(answer.words)) == (answer.status == 200)
        for secret in ("secret", full.phone[3:], str(full.birth_year), "Woman"):
            words = re.sub(r"\bRun(ner)? \d+", "", answer.words)  # people and runs of the tests are numbered
            assert secret not in words.replace(str(clock.now().year), "")


@pytest.mark.parametrize("viewer", VIEWERS)
def test_when_somebody_was_here_is_for_companions(page, full, viewer, request):
    full.profile_visibility = "everyone"
    seen = page.as_(request.getfixturevalue(viewer)).get("/@sara_runs", 200)
    assert ("Last seen" in seen.words) == (viewer in ("companion", "owner", "operator"))
    for time in seen.all("time"):
        if "ago" in (time.text or ""):
            assert time.get("datetime", "")[14:16] in {f"{minute:02}" for minute in range(0, 60, 5)}


def test_past_runs_show_when_the_person_says_so(page, full, companion):
    assert "quince-past" not in page.as_(companion).get("/@sara_runs", 200).words
    full.shows_past_runs = True
    seen = page.as_(companion).get("/@sara_runs", 200).words
    assert "quince-past" in seen and "secret-run" not in seen


def test_the_defaults_are_the_narrow_ones(page):
    person = make_person()
    db.session.commit()
    assert (person.profile_visibility, person.message_visibility, person.shows_past_runs) == (
        "companions",
        "companions",
        False,
    )


def test_not_there_and_not_shown_answer_the_same(page, full, stranger):
    def answer(address):
        response = page.as_(stranger).get(address, 404)
        headers = {
            name: value for name, value in response.response.headers if name not in ("X-Request-Id", "Content-Length")
        }
        return response.words.rsplit(" ", 1)[0][:200], headers.get("Cache-Control")

    assert answer(f"/people/{full.id}") == answer("/people/01900000-0000-7000-8000-000000000000")
    made(Block, blocker_id=full.id, blocked_id=stranger.id)
    full.profile_visibility = "everyone"
    assert answer(f"/people/{full.id}") == answer("/people/01900000-0000-7000-8000-000000000000")


@pytest.mark.parametrize("visibility", OPEN)
@pytest.mark.parametrize("past", [False, True])
@pytest.mark.parametrize("looker", ["visitor", "stranger", "companion"])
def test_what_one_is_shown_is_what_they_get(page, full, visibility, past, looker, request):
    full.profile_visibility, full.shows_past_runs = visibility, past
    shown = page.as_(full).get(f"/me/privacy?as={looker}", 200)
    seen = page.as_(request.getfixturevalue(looker)).get(f"/people/{full.id}")
    if seen.status == 404:
        assert "They can't see your page" in shown.words and not facts(shown.words)
    else:
        assert facts(shown.words) == facts(seen.words) != set()


def test_a_crew_mate_sees_the_page_until_one_of_them_leaves(page, program, full, stranger):
    make_card(stranger, title="A card of a mate")
    crew = make_crew(stranger, name="Dawn Patrol")
    page.as_(stranger).get(f"/people/{full.id}", 404)
    membership = add_member(crew, full)
    seen = page.as_(stranger).get(f"/people/{full.id}", 200)
    assert "In a crew with you: Dawn Patrol" in seen.words and f"/crews/{crew.id}" in seen.links
    assert "Last seen" not in seen.words  # that is for companions
    shown = page.as_(full).get("/me/privacy?as=crew_mate", 200)
    assert facts(shown.words) == facts(seen.words) != set() and "May write to you." in shown.words
    read = program.as_(stranger).get(f"/people/{full.id}", 200).data
    assert (read["circle"], read["crews"]) == ("crew_mate", [{"id": str(crew.id), "name": "Dawn Patrol"}])
    card = db.session.scalar(select(Card.id).where(Card.owner_id == full.id))
    assert f"/people/{full.id}" in page.as_(stranger).get(f"/cards/{card}", 200).links
    run = make_run(full, title="Crew mates look")
    assert f"/people/{full.id}" in page.as_(stranger).get(f"/runs/{run.id}", 200).links
    made(Block, blocker_id=full.id, blocked_id=stranger.id)
    page.as_(stranger).get(f"/people/{full.id}", 404)
    db.session.execute(delete(Block))
    membership.status = "inactive"
    db.session.flush()
    page.as_(stranger).get(f"/people/{full.id}", 404)
    assert f"/people/{full.id}" not in page.as_(stranger).get(f"/cards/{card}", 200).links


def test_the_organiser_s_sight_is_what_they_get(page, full, stranger):
    run = make_run(stranger, title="Their run", starts_local=in_days(1))
    take_part(run, full)
    for at, calls in ((run.starts_at - timedelta(hours=3), False), (run.starts_at, True)):
        with clock.frozen(at):
            shown = page.as_(full).get("/me/privacy?as=organiser", 200)
            seen = page.as_(stranger).get(f"/runs/{run.id}/attendance", 200)
            assert "Their run" in shown.words and full.name in seen.words
            assert (full.phone[-4:] in words(shown.one(id="seen"))) == calls
            assert (f"tel:{full.phone}" in seen.links) == calls
            hidden = page.as_(stranger).get(f"/people/{full.id}").status == 404
            assert ("They can't see your page" in shown.words) == hidden
    assert (
        "You're not going to anybody else's run" in page.as_(make_person()).get("/me/privacy?as=organiser", 200).words
    )


def test_lists_link_to_a_page_for_whom_it_opens(page, full, stranger, companion):
    run = make_run(make_person(), title="Together")
    take_part(run, full)
    address = f"/people/{full.id}"
    for visibility, opened in OPEN.items():
        full.profile_visibility = visibility
        for viewer in (stranger, companion):
            name = "stranger" if viewer is stranger else "companion"
            for path in (f"/runs/{run.id}", f"/runs/{run.id}/participants"):
                linked = address in page.as_(viewer).get(path, 200).links
                assert linked == (name in opened) == (page.as_(viewer).get(address).status == 200)


def test_choosing_changes_what_is_seen(page, full, stranger):
    page.as_(full).get("/me/privacy").form("/me/privacy").fill(
        profile_visibility="signed_in", message_visibility="everyone", shows_past_runs="y"
    ).submit(status=303)
    assert "quince-past" in page.as_(stranger).get("/@sara_runs", 200).words
    page.get("/@sara_runs", 404)
    page.as_(full).post("/me/privacy", {"profile_visibility": "nobody", "message_visibility": "everyone"}, 422)


@pytest.mark.parametrize(("typed", "kept"), [("1990", 1990), ("۱۳۶۹", 1990), ("", None)])
def test_a_year_of_birth_in_either_calendar(page, owner, typed, kept):
    page.as_(owner).post("/me/age", {"birth_year": typed, "shows_age": "y"}, 303)
    db.session.refresh(owner)
    assert (owner.birth_year, owner.shows_age) == (kept, kept is not None)


@pytest.mark.parametrize("typed", ["90", "1899", "3000", "1404", "abcd", "19900"])
def test_no_year_of_birth(page, owner, typed):
    assert page.as_(owner).post("/me/age", {"birth_year": typed}, 422).error_of("birth_year")


def test_contributions_count_runs_that_took_place(page, full, companion):
    said = page.as_(companion).get("/@sara_runs", 200).words
    assert "Runs together 2" in said and "Organised 0" in said


def test_who_has_named_nobody_to_call_is_led_there(page, full, stranger):
    take_part(make_run(stranger, starts_local=in_days(1)), full)
    asked = "not named anybody to call yet"
    assert asked not in page.as_(full).get("/me/privacy?as=organiser", 200).words
    full.emergency_name, full.emergency_phone = "", None
    led = page.as_(full).get("/me/privacy?as=organiser", 200)
    assert asked in led.words and "/me/contact" in led.links


def test_an_organiser_who_blocked_me_is_not_shown_as_one_who_looks(page, full, stranger):
    stranger.name = "Hidden Houshang"
    take_part(make_run(stranger, starts_local=in_days(1)), full)
    assert "Hidden Houshang" in page.as_(full).get("/me/privacy?as=organiser", 200).words
    made(Block, blocker_id=stranger.id, blocked_id=full.id)
    assert "Hidden Houshang" not in page.as_(full).get("/me/privacy?as=organiser", 200).words


def test_runs_of_who_blocked_me_are_not_among_those_of_others(page, full, stranger):
    full.profile_visibility, full.shows_past_runs = "everyone", True
    hidden = make_person()
    take_part(make_run(hidden, title="hidden-past", starts_local=in_days(-2)), full, "COMPLETED")
    assert "hidden-past" in page.as_(stranger).get(f"/people/{full.id}", 200).words
    made(Block, blocker_id=hidden.id, blocked_id=stranger.id)
    assert "hidden-past" not in page.as_(stranger).get(f"/people/{full.id}", 200).words


@pytest.mark.parametrize(
    ("state", "said"),
    [("suspended", "فعلاً بسته"), ("banned", "برای همیشه بسته"), ("leaving", "در حال رفتن"), ("erased", "پاک‌شده")],
)
def test_operators_read_the_state_of_an_account_in_their_language(page, operator, state, said):
    person = make_person(name=DELETED_NAME if state == "erased" else "Kian")
    let_be(person, state)
    operator.locale = "fa"
    seen = page.as_(operator).get(f"/people/{person.id}", 200)
    assert said in seen.words and state not in seen.words
    assert ("حساب حذف‌شده" in seen.words) == (state == "erased")
