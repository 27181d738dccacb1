"""The settings of notifications: what goes by which channel, for each sort of thing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from hampa.notifications import models
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import CHANNELS, Notification, NotificationChoices, register_channel
from hampa.notifications.queries.choices import chosen_by, rows, settings_of
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from tests.factories.notifications import DATA, choose
from tests.factories.people import make_person

pytestmark = pytest.mark.usefixtures("db_session")

PATH = "/me/settings/notifications"


@pytest.fixture
def pushed(monkeypatch) -> list[Any]:
    """Register a channel for push that reaches people named "Phone", and return what it is given."""
    monkeypatch.setattr(models, "_senders", dict(models._senders))
    given: list[Any] = []

    def send_many(people, kind, data, **details):
        given.append((kind.name, list(people), details["key"]))

    register_channel("push", send_many, reaches=lambda _now: select(Person.id).where(Person.name == "Phone"))
    return given


def test_people_have_the_same_settings_until_they_choose(owner, companion):
    usual = settings_of(owner, chosen_by(owner))
    assert settings_of(companion, chosen_by(companion)) is usual
    companion.reminders = False
    others = settings_of(companion, chosen_by(companion))
    assert others is not usual
    cells = {row.name: row.cells for _words, _topic, listed in others.topics for row in listed}
    assert not any(cell.is_on for cell in cells["run_reminder"] if not cell.fixed)
    companion.reminders = True
    assert settings_of(companion, chosen_by(companion)) is usual
    choose(companion, interest_received={"app": False})
    assert settings_of(companion, chosen_by(companion)) is not usual
    assert settings_of(owner, chosen_by(owner)) is usual


def tell(person, kind="interest_accepted", **more):
    return notify([person.id], kind, subject_id=uuid.uuid4(), data=DATA[kind], event=uuid.uuid4(), **more)


def sent(session, person):
    query = select(OutboxMessage.kind).where(OutboxMessage.person_id == person.id)
    return sorted(session.scalars(query))


def stored(session, person):
    row = session.scalar(select(NotificationChoices).where(NotificationChoices.person_id == person.id))
    return row and (row.choices, row.weekly_summary)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_every_row_has_a_cell_for_each_channel_in_both_languages(page, owner, language):
    owner.locale = language
    seen = page.as_(owner).get(PATH, 200)
    assert len(seen.all("fieldset", class_="grid-row")) == len(rows())
    for name, kind in rows().items():
        assert str(kind.label)
        boxes = [box.get("value") for box in seen.all("input", name=f"row_{name}")]
        assert set(boxes) >= {"app"}
        assert set(boxes) <= set(CHANNELS)


def test_saving_the_page_as_it_is_stores_nothing_of_it(page, owner, db_session):
    page.as_(owner).get(PATH, 200).form(PATH).submit(status=303)
    assert stored(db_session, owner) == ({}, False)


@pytest.mark.parametrize("htmx", [False, True])
def test_only_what_differs_is_stored_and_it_decides(page, owner, db_session, htmx):
    tell(owner)
    assert sent(db_session, owner) == ["sms"]
    form = page.as_(owner).get(PATH, 200).form(PATH)
    form.values.setlist("row_interest_accepted", ["app", "push", "mail"])
    form.submit(htmx=htmx)
    assert stored(db_session, owner) == ({"interest_accepted": {"sms": False, "mail": True}}, False)
    again = page.as_(owner).get(PATH, 200).form(PATH)
    assert again.values.getlist("row_interest_accepted") == ["app", "push", "mail"]
    owner.email, owner.email_verified_at = "sara@example.com", clock.now()
    tell(owner)
    assert sent(db_session, owner) == ["mail", "sms"]


def test_mail_goes_to_verified_addresses_only(owner, db_session):
    choose(owner, interest_accepted={"mail": True, "sms": False})
    owner.email = "sara@example.com"
    tell(owner)
    assert sent(db_session, owner) == []


def test_what_is_not_wanted_in_the_app_is_neither_listed_nor_counted(page, owner, db_session):
    choose(owner, interest_accepted={"app": False})
    tell(owner)
    assert sent(db_session, owner) == ["sms"], "it still goes by the other channels"
    row = db_session.scalars(select(Notification)).one()
    assert not row.in_app
    seen = page.as_(owner).get("/notifications", 200)
    assert "Nothing to tell yet" in seen.words
    assert page.as_(owner).get(f"/notifications/{row.id}", 303), "a push or a mail leads to it all the same"


@pytest.mark.parametrize(
    ("kind", "row", "channels"),
    [("account_security", "account_security", ["mail", "sms"]), ("run_changed", "run_changed", [])],
)
def test_some_cells_can_not_be_turned_off(page, owner, db_session, kind, row, channels):
    owner.email, owner.email_verified_at = "sara@example.com", clock.now()
    fields = {"quiet_from": "00:00", "quiet_to": "00:00"}
    page.as_(owner).post(PATH, fields, 303)
    tell(owner, kind)
    assert sent(db_session, owner) == channels
    assert db_session.scalars(select(Notification.in_app)).all() == [True]


def test_turning_all_of_a_row_off_turns_its_switch_off(page, owner, db_session):
    form = page.as_(owner).get(PATH, 200).form(PATH)
    assert form.values.getlist("row_run_reminder") == ["app", "push", "sms"]
    form.values.poplist("row_run_reminder")
    form.submit(status=303)
    db_session.refresh(owner)
    assert owner.reminders is False
    form = page.as_(owner).get(PATH, 200).form(PATH)
    assert form.values.getlist("row_run_reminder") == []
    form.values.setlist("row_run_reminder", ["app"])
    form.submit(status=303)
    db_session.refresh(owner)
    assert owner.reminders is True
    assert page.as_(owner).get(PATH).form(PATH).values.getlist("row_run_reminder") == ["app"]


def test_reminders_go_by_push_else_by_sms(db_session, pushed):
    with_phone, without = make_person(name="Phone"), make_person()
    both = make_person(name="Phone")
    choose(both, run_reminder={"sms": True})
    no_push = make_person(name="Phone")
    choose(no_push, run_reminder={"push": False})
    for person in (with_phone, without, both, no_push):
        tell(person, "run_reminder")
    assert [people for _kind, people, _key in pushed] == [[with_phone.id], [both.id]]
    assert [sent(db_session, person) for person in (with_phone, without, both, no_push)] == [
        [],
        ["sms"],
        ["sms"],
        ["sms"],
    ]


def test_a_channel_that_nobody_is_reached_by_costs_nothing(pushed):
    tell(make_person())
    assert pushed == []


def test_what_a_channel_needs_is_said_where_it_is_missing(page, owner):
    seen = page.as_(owner).get(PATH, 200)
    assert "you have given no address" in seen.words
    assert "/me/email" in seen.links
    assert "none of your devices" in seen.words
    owner.email, owner.email_verified_at = "sara@example.com", clock.now()
    assert "sara@example.com" in page.as_(owner).get(PATH, 200).words


def test_hours_of_days_are_kept_and_wrong_ones_refused_with_all_that_was_chosen(page, owner, db_session):
    form = page.as_(owner).get(PATH, 200).form(PATH)
    form.values.setlist("row_run_comment", ["mail"])
    wrong = form.fill(quiet_from="۲۳:۰۰", quiet_to="6.30", day_fri_from="23:45").submit(status=422)
    assert "both times" in wrong.error_of("day_fri_to")
    assert wrong.form(PATH).values.getlist("row_run_comment") == ["mail"]
    wrong.form(PATH).fill(day_fri_to="09:30").submit(status=303)
    db_session.refresh(owner)
    assert (f"{owner.quiet_from:%H:%M}", f"{owner.quiet_to:%H:%M}") == ("23:00", "06:30")
    assert owner.quiet_days == {"5": ["23:45", "09:30"]}
    form = page.as_(owner).get(PATH, 200).form(PATH)
    assert (form.values["day_fri_from"], form.values["day_fri_to"]) == ("23:45", "09:30")
    form.fill(day_fri_from="", day_fri_to="").submit(status=303)
    db_session.refresh(owner)
    assert owner.quiet_days is None
    wrong = page.as_(owner).post(PATH, {"quiet_from": "25:00"}, status=422)
    assert "hours and minutes" in wrong.error_of("quiet_from")


def test_the_settings_are_ones_own(page):
    assert page.get(PATH, 303).location.startswith("/login")
