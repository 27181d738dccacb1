"""Turning notifications on and off for devices: who may, what a browser has to say, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.auth.actions.sessions import end_sessions, open_session
from hampa.auth.models import SESSION_LIFETIME
from hampa.notifications.queries.choices import chosen_by
from hampa.people.privacy_registry import erase
from hampa.platform import clock
from hampa.platform.config import Settings
from hampa.platform.db import db
from hampa.platform.push.keys import PushKey, site_key
from hampa.platform.push.vapid import VapidKey, new_private_key
from hampa.platform.security import crypto
from hampa.push.actions.devices import delete_unused, turn_on
from hampa.push.models import MOST_DEVICES, PushSubscription
from hampa.push.privacy import push_devices
from hampa.push.queries.devices import devices_of, reached_people
from tests.factories.devices import make_device
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.personas import Setting
from tests.push_server import PushBrowser

PATH = "/notifications/devices"
PUSH_KEY = "hampa.push_key"


def rows(person) -> list[PushSubscription]:
    db.session.expire_all()
    return list(db.session.scalars(select(PushSubscription).where(PushSubscription.person_id == person.id)))


def is_reached(person) -> bool:
    return bool(db.session.scalar(reached_people(clock.now()).where(PushSubscription.person_id == person.id)))


def test_settings_know_of_devices_by_the_time_at_which_one_looks(db_session):
    person = make_person()
    make_device(person)
    assert "push" in chosen_by(person).reached
    with clock.shifted(SESSION_LIFETIME + timedelta(days=1)):
        assert "push" not in chosen_by(person).reached
    assert "push" in chosen_by(person).reached


def browser(number: int = 1) -> PushBrowser:
    return PushBrowser(f"https://push.example/send/{number}")


@pytest.mark.parametrize("viewer", ["stranger", "companion", "owner", "operator"])
def test_a_browser_is_turned_on_and_off(page, setting: Setting, viewer):
    person = setting.viewer(viewer)
    reader, mine = page.as_(person), browser()
    form = next(form for form in reader.get(PATH, 200).forms if form.action == PATH)
    assert form.fill(**mine.fields).submit().status == 303
    (row,) = rows(person)
    assert (row.endpoint, row.p256dh, row.auth, row.server_key) == (*mine.fields.values(), site_key().public)
    assert is_reached(person)
    answer = reader.get(PATH, 200)
    assert "Chrome on Android" in answer.words
    assert "This one" in answer.words
    assert PATH not in [form.action for form in answer.forms], "it is on here already"
    assert "This one" not in page.as_(person).get(PATH).words, "another browser of theirs is another device"
    for other in {"stranger", "companion", "owner", "operator"} - {viewer}:
        page.as_(setting.viewer(other)).post(f"{PATH}/{row.id}/remove", {}, 404)
        assert "Chrome on Android" not in page.as_(setting.viewer(other)).get(PATH).words
    assert next(form for form in answer.forms if form.action.endswith("/remove")).submit().status == 303
    assert not rows(person)


def test_a_visitor_signs_in_first(page):
    assert "/login" in page.get(PATH, 303).location
    page.post(PATH, browser().fields, 303)
    assert not db.session.scalars(select(PushSubscription)).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", ""),
        ("endpoint", "http://push.example/1"),
        ("endpoint", "https://push.example:8443/1"),
        ("endpoint", "http://127.0.0.1:6379/"),
        ("endpoint", "javascript:alert(1)"),
        ("p256dh", ""),
        ("p256dh", "BBBB"),
        ("auth", ""),
        ("auth", "x" * 3000),
    ],
)
def test_a_browser_that_says_nonsense_is_refused(page, field, value):
    person = make_person()
    answer = page.as_(person).post(PATH, browser().fields | {field: value}, 422)
    assert "Try again, or use another browser." in answer.words
    assert not rows(person)


def test_sent_twice_it_is_one_device_and_a_new_address_takes_the_place_of_the_old(page):
    person = make_person()
    reader = page.as_(person)
    for number in (1, 1, 2):
        reader.post(PATH, browser(number).fields, 303)
    assert [row.endpoint for row in rows(person)] == ["https://push.example/send/2"]
    page.as_(person).post(PATH, browser(3).fields, 303)
    assert len(rows(person)) == 2


def test_a_browser_in_which_another_person_signs_in_moves(page):
    first, second, shared = make_person(), make_person(), browser()
    page.as_(first).post(PATH, shared.fields, 303)
    page.as_(second).post(PATH, shared.fields, 303)
    assert not rows(first)
    assert [row.endpoint for row in rows(second)] == [shared.endpoint]


def test_signing_out_ends_it_at_once(page):
    person = make_person()
    reader = page.as_(person)
    reader.post(PATH, browser().fields, 303)
    reader.post("/logout", {}, 303)
    assert not is_reached(person)
    assert not devices_of(person)
    delete_unused()
    assert not rows(person)


def test_a_session_that_is_ended_elsewhere_ends_it(page):
    person = make_person()
    make_device(person)
    assert is_reached(person)
    end_sessions(person)
    assert not is_reached(person)


def test_nobody_gathers_devices_without_end(db_session):
    person = make_person()
    for number in range(MOST_DEVICES + 2):
        open_session(person, address="", agent="", method="code")
        turn_on(person, user_agent="", **browser(number).fields)
    assert len(rows(person)) == MOST_DEVICES
    assert "https://push.example/send/0" not in {row.endpoint for row in rows(person)}


def test_turning_on_after_joining_leads_back_to_the_run(page):
    person, run = make_person(), make_run()
    reader = page.as_(person)
    reader.post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    answer = reader.get(f"/runs/{run.id}", 200)
    form = next(form for form in answer.forms if form.action == PATH)
    assert "data-push-offer hidden" in answer.text
    assert form.fill(**browser().fields).submit().location == f"/runs/{run.id}"
    assert PATH not in [form.action for form in reader.get(f"/runs/{run.id}").forms], "it is offered once"


def test_it_leads_to_no_other_site(page):
    fields = browser().fields | {"next": "https://evil.example/"}
    assert page.as_(make_person()).post(PATH, fields, 303).location == PATH


def test_the_copy_of_ones_data_has_devices_without_their_secrets_and_an_erasure_none(db_session):
    person, one = make_person(), browser()
    make_device(person, one)
    (row,) = push_devices(person)
    assert not {one.endpoint, one.p256dh, one.auth} & {str(value) for value in row.values()}
    erase(person)
    assert not rows(person)


@pytest.fixture
def without_key(app, db_session):
    """Leave the key to the site, as where the settings have none."""
    before = app.extensions["hampa.settings"]
    app.extensions["hampa.settings"] = before.model_copy(update={"push_private_key": ""})
    yield
    app.extensions["hampa.settings"] = before
    app.extensions.pop(PUSH_KEY, None)


def fresh_key(app) -> str:
    app.extensions.pop(PUSH_KEY, None)
    return site_key().public


def test_the_key_is_made_once_and_kept_encrypted(app, without_key):
    first = fresh_key(app)
    assert fresh_key(app) == first
    row = db.session.scalars(select(PushKey)).one()
    assert VapidKey(site_key().private).public == first
    assert site_key().private.encode() not in row.private_key
    # The secret of the site was changed: what can't be read any more is made anew.
    row.private_key = crypto.encrypt(site_key().private, "another purpose")
    db.session.flush()
    assert fresh_key(app) != first
    assert len(db.session.scalars(select(PushKey)).all()) == 1


def test_the_key_of_the_settings_is_used(app, db_session):
    given, before = new_private_key(), app.extensions["hampa.settings"]
    app.extensions["hampa.settings"] = before.model_copy(update={"push_private_key": given})
    try:
        assert fresh_key(app) == VapidKey(given).public
    finally:
        app.extensions["hampa.settings"] = before
        app.extensions.pop(PUSH_KEY, None)
    assert isinstance(before, Settings)
