"""Whom one has met may be blocked and reported; of anybody else an id tells nothing."""

from __future__ import annotations

import re
import uuid

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.runs.queries.snapshots import run_snapshot
from tests.factories.cards import make_card, make_interest
from tests.factories.comments import make_comment
from tests.factories.files import make_picture
from tests.factories.notifications import make_notification
from tests.factories.people import let_be, make_person
from tests.factories.runs import add_organiser, make_run, take_part
from tests.page import Answer

FORMS = ("/people/{}/block", "/report/person/{}")
NOBODY = uuid.UUID("01890000-0000-7000-8000-000000000000")


def words(answer: Answer) -> str:
    """Return what stands on a page, without the id of the request."""
    return re.sub("[0-9a-f]{32}", "", answer.words)


def ways_to_meet(viewer: Person) -> dict[str, Person]:
    """Return people whom the viewer has met, each in one way."""
    met = {way: make_person(name=f"Person {way}") for way in (
        "open page", "organiser", "co-organiser", "card", "runs along", "waits", "left my run", "comment", "photo",
        "asked me once", "I asked once",
    )}  # fmt: skip
    met["open page"].profile_visibility = "signed_in"
    make_run(met["organiser"], visibility="link")
    add_organiser(make_run(), met["co-organiser"])
    make_card(met["card"])
    take_part(make_run(), met["runs along"])
    take_part(make_run(), met["waits"], "WAITLISTED")
    take_part(make_run(viewer), met["left my run"], "LEFT")
    make_comment(make_run(), met["comment"])
    make_picture(make_run(), met["photo"])
    make_interest(met["asked me once"], make_card(viewer), "declined")
    make_interest(viewer, make_card(met["I asked once"], state="resting"), "withdrawn")
    return met


def unmet(viewer: Person) -> dict[str, Person]:
    """Return people whom the viewer has not met, whatever others did with their numbers."""
    people = {why: make_person(name=f"Person {why}") for why in (
        "never seen", "added by number", "only asked", "left a run", "asks another", "rests", "away", "shut out",
    )}  # fmt: skip
    take_part(make_run(viewer), people["added by number"], added_by_organiser=True, display_name="Zebra")
    add_organiser(make_run(viewer), people["only asked"], agreed_at=None)
    take_part(make_run(), people["left a run"], "LEFT")
    take_part(make_run(), people["asks another"], "REQUESTED")
    make_card(people["rests"], state="resting")
    for why, state in (("away", "leaving"), ("shut out", "suspended")):
        take_part(make_run(), people[why])
        make_card(people[why])
        let_be(people[why], state)
    return people


def test_whoever_was_met_can_be_blocked_and_reported(page, owner):
    met = ways_to_meet(owner)
    browser = page.as_(owner)
    answers = {(way, form): browser.get(form.format(person.id)).status for way, person in met.items() for form in FORMS}
    assert {key: status for key, status in answers.items() if status != 200} == {}


def test_an_id_of_somebody_unmet_is_that_of_nobody(page, owner):
    people = unmet(owner)
    browser = page.as_(owner)
    for form in FORMS:
        nobody = words(browser.get(form.format(NOBODY), 404))
        for why, person in people.items():
            assert (why, words(browser.get(form.format(person.id), 404))) == (why, nobody)
            assert (why, words(browser.post(form.format(person.id), {"reason": "spam"}, 404))) == (why, nobody)


def test_in_a_run_by_link_one_is_met_by_who_has_the_link(page, owner):
    other, run = make_person(name="Person in a list"), make_run(visibility="link")
    take_part(run, other)
    browser = page.as_(owner)
    address = f"/people/{other.id}/block"
    assert address in browser.get(f"/runs/{run.id}/participants", 200).links
    browser.get(address, 200)


def test_a_run_that_its_reader_may_not_see_any_more_is_named_no_more(page, owner, stranger, companion):
    run = make_run(owner, title="Dawn loop", capacity=10)
    for person in (stranger, companion):
        page.as_(person).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
        make_notification(person, "run_changed", subject_id=run.id, data={**run_snapshot(run), "changes": ["place"]})
    page.as_(stranger).post(f"/runs/{run.id}/leave", {}, 303)
    for person in (stranger, companion):
        page.as_(owner).post(f"/people/{person.id}/block", {}, 303)
    run.title, run.place = "Secret loop", "Secret gate"
    db.session.flush()
    seen = page.as_(stranger).get("/notifications").words
    assert "Secret" not in seen
    assert "A deleted run" in seen
    assert "Secret loop" in page.as_(companion).get("/notifications").words, "who has a place sees the run"
