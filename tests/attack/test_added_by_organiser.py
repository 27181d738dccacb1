"""What an organiser says of somebody is not that person's own word: it opens neither their name nor their number."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.people.models import Block, Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.web.ui import TINTS
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, OFFERED, Participation
from hampa.runs.models.run import RunOrganiser
from tests.factories.base import made
from tests.factories.cards import make_card, make_companions
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, place_of, take_part
from tests.page import Page

LISTS = ("", "/participants", "/participants.csv", "/print", "/attendance", "/hand-over", "/edit")


@pytest.fixture
def nasrin() -> Person:
    """Somebody whose number a stranger has."""
    return make_person(name="Nasrin Etemadi")


def add(browser: Page, run, person: Person) -> None:
    browser.post(f"/runs/{run.id}/walk-ins", {"name": "Zebra", "phone": person.phone}, 303)


def seen_by(browser: Page, run) -> str:
    return "".join(browser.get(f"/runs/{run.id}{path}").text for path in LISTS) + browser.get("/runs").text


def test_a_number_does_not_tell_whose_it_is(page, owner, stranger, nasrin, work):
    run = make_run(owner)
    browser = page.as_(owner)
    with clock.frozen(run.starts_at - timedelta(minutes=5)):
        add(browser, run, nasrin)
        assert (
            "Nasrin"
            not in seen_by(browser, run) + browser.get(f"/runs/{run.id}/participants/{place_of(run, nasrin)}").text
        )
        assert "Zebra" in browser.get(f"/runs/{run.id}/attendance").words
        assert "Nasrin" not in page.as_(stranger).get(f"/runs/{run.id}/participants").text
        assert page.as_(nasrin).get("/notifications").words.count(run.title) == 1, "who is put in hears of it"
        page.as_(nasrin).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
        assert "Nasrin" in browser.get(f"/runs/{run.id}/attendance").words
        assert "Zebra" not in seen_by(browser, run)


def test_nobody_is_given_a_run_that_they_never_heard_of(page, owner, nasrin):
    run = make_run(owner)
    browser = page.as_(owner)
    with clock.frozen(run.starts_at - timedelta(minutes=5)):
        add(browser, run, nasrin)
        browser.post(f"/runs/{run.id}/hand-over", {"to": str(nasrin.id)}, 422)
        browser.post(f"/runs/{run.id}/organisers", {"organisers": nasrin.phone}, 303)
        form = browser.get(f"/runs/{run.id}/edit").form().values
        lead = {"pace_groups-0-name": "Easy", "pace_groups-0-pace": "6:00", "pace_groups-0-leader": str(nasrin.id)}
        browser.post(f"/runs/{run.id}/edit", {**form, **lead}, 422)
        assert "Nasrin" not in page.as_(None).get(f"/runs/{run.id}").text
    db.session.refresh(run)
    assert run.organiser_id == owner.id
    assert db.session.scalars(select(RunOrganiser.id)).all() == []


@pytest.mark.parametrize("before", [LEFT, INTERESTED])
@pytest.mark.parametrize("steps", [[GOING], ["WAITLISTED"], [INTERESTED, GOING]], ids="-".join)
def test_an_organiser_gets_no_number_by_putting_somebody_in(page, owner, nasrin, states, before, steps):
    run = make_run(owner)
    taken_off = (
        dict.fromkeys(("left_at", "removed_at"), clock.now()) if before == LEFT else {}
    )  # who left by themselves is not put in again
    take_part(run, nasrin, status=before, **taken_off)
    browser, national = page.as_(owner), nasrin.phone.removeprefix("+98")
    for status in steps:
        browser.post(f"/runs/{run.id}/participants/{place_of(run, nasrin)}", {"status": status, "note": ""}, 303)
    with clock.frozen(run.starts_at - timedelta(minutes=5)):
        assert states(run)[nasrin.id] == GOING
        assert national not in seen_by(browser, run).replace(" ", "")
        page.as_(nasrin).post(f"/runs/{run.id}/late", {"minutes": "5"}, 303)
        assert national in seen_by(browser, run).replace(" ", ""), "around the run organisers may call who comes"


def test_who_waited_and_is_let_in_came_by_their_own_word(page, owner, nasrin, states):
    run = make_run(owner, capacity=2)
    others = [take_part(run) for _ in range(2)]
    take_part(run, nasrin, status="WAITLISTED")
    browser = page.as_(owner)
    with clock.frozen(run.starts_at - timedelta(minutes=5)):
        run.capacity = 3
        db.session.commit()
        browser.post(f"/runs/{run.id}/participants/{place_of(run, nasrin)}", {"status": GOING, "note": ""}, 303)
        assert nasrin.phone in browser.get(f"/runs/{run.id}/attendance").text
    assert len(others) == 2


def test_who_is_new_chooses_their_own_name(page, owner):
    run = make_run(owner)
    with clock.frozen(run.starts_at):
        page.as_(owner).post(f"/runs/{run.id}/walk-ins", {"name": "Fatso", "phone": "+989127654321"}, 303)
        assert "Fatso" in page.as_(owner).get(f"/runs/{run.id}/participants").words
    assert db.session.scalars(select(Person.name).where(Person.phone == "+989127654321")).all() == [""]


@pytest.mark.parametrize("why", ["blocked", "blocking", "suspended", "leaving"])
def test_a_number_is_taken_alike_whoever_has_it(page, owner, states, told, why):
    nasrin = make_person(state="active" if why in ("blocked", "blocking") else why)
    if why in ("blocked", "blocking"):
        pair = (nasrin, owner) if why == "blocking" else (owner, nasrin)
        made(Block, blocker_id=pair[0].id, blocked_id=pair[1].id)
    answers = {}
    for whose, phone in (("nobody's", "+989127654321"), ("hers", nasrin.phone)):
        run = make_run(owner, title="Same title", starts_local=in_days(2, 6))
        browser = page.as_(owner)
        with clock.frozen(run.starts_at - timedelta(minutes=5)):
            for _twice in range(2):
                added = browser.post(f"/runs/{run.id}/walk-ins", {"name": "Zebra", "phone": phone}, 303)
            seen = [browser.get(f"/runs/{run.id}{path}", 200) for path in ("/walk-ins", "/participants", "/attendance")]
            (place,) = db.session.scalars(select(Participation.id).where(Participation.run_id == run.id))
            path = f"/runs/{run.id}/participants/{place}"
            seen += [browser.get(path, 200), browser.post(path, {"status": LEFT, "note": ""}, 303).follow()]
        pages = [answer.words for answer in seen]
        answers[whose] = added.location.replace(str(run.id), ""), pages
        assert "Zebra" in pages[1] and pages[1].count("Zebra") == 1
        assert nasrin.id not in states(run)
    assert answers["hers"] == answers["nobody's"]
    assert told(nasrin) == []


def in_run(**given):
    return lambda run, person: take_part(run, person, **given)


BEFORE = {
    "a stranger with an account": lambda run, person: None,
    "a companion": lambda run, person: make_companions(db.session.get_one(Person, run.organiser_id), person),
    "a co-organiser": add_organiser,
    "interested": in_run(status=INTERESTED),
    "a requester": in_run(status="REQUESTED", note="I am slow"),
    "waiting": in_run(status="WAITLISTED"),
    "offered": lambda run, person: take_part(run, person, OFFERED, offer_ends_at=run.starts_at),
    "gone": in_run(status=LEFT, note="I was ill"),
    "put in by an organiser": in_run(status=GOING, added_by_organiser=True),
}
VARIES = re.compile(r'[0-9a-f]{8}-[0-9a-f-]{27}|(?<=value=")[\w.-]{20,}|/r/\w+|[0-9a-f]{16,}')
"""Ids, tokens and short codes, which are others in each run."""
FACE = re.compile(r"tint-(\d)(?=[^>]*>(\d)<)")
"""The colour of the face of a walk-in whose name is a digit."""


def test_typed_numbers_do_not_tell_whose_rows_of_the_list_they_are(page, owner, stranger, states):
    """A run with nine people and nine numbers of nobody's looks like the same run and the numbers of the nine."""
    people = {whose: make_person(name=f"{whose.capitalize()} Etemadi") for whose in BEFORE}
    numbers = [f"+98912765432{nth}" for nth in range(len(people))]
    shown, browser, now = [], page.as_(owner), clock.now()
    for phones in (numbers, [person.phone for person in people.values()]):
        with clock.frozen(now):  # lists tell the minute when somebody joined
            run = make_run(owner, title="Same title", starts_local=in_days(2), capacity=3)
            take_part(run, stranger)
            for whose, person in people.items():
                BEFORE[whose](run, person)
        before = {person_id: status for person_id, status in states(run).items() if person_id != stranger.id}
        with clock.frozen(run.starts_at - timedelta(minutes=5)):
            for name, phone in enumerate(phones):
                for _twice in range(2):
                    browser.post(f"/runs/{run.id}/walk-ins", {"name": str(name), "phone": phone}, 303)
            assert before.items() <= states(run).items(), "everybody's row stays as it was"
            typed = select(Participation.display_name, Participation.id).where(
                Participation.run_id == run.id, Participation.walked_in
            )
            places = {row.display_name: row.id for row in db.session.execute(typed)}
            own = {name: f"/participants/{place}" for name, place in sorted(places.items())}
            paths = ["/walk-ins", *LISTS, "/participants?list=interested", "/requests", *own.values()]
            texts = [browser.get(f"/runs/{run.id}{path}", 200).text for path in paths]
            for path in own.values():
                texts.append(browser.post(f"/runs/{run.id}{path}", {"status": LEFT, "note": ""}, 303).follow().text)
            texts += [browser.get(f"/runs/{run.id}{path}", 200).text for path in [*own.values(), "/participants.csv"]]
        faces = {(colour, name) for text in texts for colour, name in FACE.findall(text)}
        assert faces == {(str(place.int % TINTS), name) for name, place in places.items()}, "not by the person's id"
        shown.append([line for text in texts for line in VARIES.sub("", FACE.sub("", text)).splitlines()])
    assert len(places) == len(people)
    assert [pair for pair in zip(*shown, strict=False) if pair[0] != pair[1]] == []
    assert len(shown[0]) == len(shown[1])


def test_a_number_that_the_organiser_sees_anyway_marks_its_row(page, owner, nasrin, states):
    run = make_run(owner)
    take_part(run, nasrin, INTERESTED, card_id=make_card(nasrin, phone_visibility="public").id)
    with clock.frozen(run.starts_at - timedelta(minutes=5)):
        add(page.as_(owner), run, nasrin)
    assert states(run) == {nasrin.id: GOING}


def test_who_unblocks_the_organiser_can_be_added_again(page, owner, nasrin, states):
    run, block = make_run(owner), made(Block, blocker_id=nasrin.id, blocked_id=owner.id)
    browser = page.as_(owner)
    with clock.frozen(run.starts_at - timedelta(hours=2)):
        add(browser, run, nasrin)
        (place,) = db.session.scalars(select(Participation.id).where(Participation.run_id == run.id))
        db.session.delete(block)
        add(browser, run, nasrin)
        assert nasrin.id not in states(run), "who stands in the list is not there twice"
        browser.post(f"/runs/{run.id}/participants/{place}", {"status": LEFT, "note": ""}, 303)
        add(browser, run, nasrin)
        assert states(run)[nasrin.id] == GOING


def test_a_walk_in_who_is_suspended_keeps_the_name_that_was_typed(page, owner, nasrin):
    run = make_run(owner)
    browser = page.as_(owner)
    with clock.frozen(run.starts_at - timedelta(minutes=5)):
        add(browser, run, nasrin)
        nasrin.state = "suspended"
        seen = seen_by(browser, run) + browser.get(f"/runs/{run.id}/participants/{place_of(run, nasrin)}", 200).text
        assert "Nasrin" not in seen and "Zebra" in seen


def test_who_left_and_blocked_the_organiser_is_not_brought_back(page, owner, nasrin, states, told):
    run = make_run(owner)
    take_part(run, nasrin, status=LEFT)
    made(Block, blocker_id=nasrin.id, blocked_id=owner.id)
    path = f"/runs/{run.id}/participants/{place_of(run, nasrin)}"
    page.as_(owner).post(path, {"status": GOING, "note": "come back"}, 404)
    assert (states(run), told(nasrin)) == ({nasrin.id: LEFT}, [])


def test_neither_face_nor_page_nor_emergency_contact_of_who_is_put_in_is_shown(page, owner, nasrin):
    nasrin.avatar, nasrin.profile_visibility = "people/secret-face", "everyone"
    nasrin.emergency_name, nasrin.emergency_phone = "Maman", "+989127654321"
    run = make_run(owner)
    browser = page.as_(owner)
    with clock.frozen(run.starts_at - timedelta(minutes=5)):
        add(browser, run, nasrin)
        seen = seen_by(browser, run)
        assert "secret-face" not in seen
        assert f"/people/{nasrin.id}" not in seen
        assert "/contacts/" not in seen
        browser.get(f"/runs/{run.id}/contacts/{place_of(run, nasrin)}", 404)
        page.as_(nasrin).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
        assert "/contacts/" in seen_by(browser, run)
        browser.get(f"/runs/{run.id}/contacts/{place_of(run, nasrin)}", 200)


def test_the_bill_of_a_message_does_not_tell_whose_numbers_are_known(page, owner, nasrin, work):
    told = []
    for person, locale in ((nasrin, "en"), (nasrin, "fa"), (make_person(last_sign_in_at=None), "fa")):
        person.locale = locale
        run = make_run(owner)
        with clock.frozen(run.starts_at - timedelta(minutes=5)):
            add(page.as_(owner), run, person)
            browser = page.as_(owner)
            form = browser.get(f"/runs/{run.id}/message", 200).form()
            shown = form.fill(text="See you", by_sms="1").submit(status=303).follow()
            shown.form().submit(status=303)
            work()
            sent = browser.get(f"/runs/{run.id}/message", 200)
            told.append([one.words.replace(run.title, "") for one in (shown, sent)])
    assert told[0] == told[1] == told[2], told
