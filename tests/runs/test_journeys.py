"""The long journeys of `tests/browser/` over HTTP, in both languages: a browser makes each in one of them at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from persiantools.jdatetime import JalaliDate
from sqlalchemy import select

from hampa.attendance.actions import settle_attendance
from hampa.cards.models import Interest
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery import console
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.texts.cleaning import to_persian_digits
from hampa.runs.models.run import Run
from tests.factories.people import make_person
from tests.factories.runs import make_run, place_of, take_part
from tests.page import Answer, Page

TEHRAN = ZoneInfo("Asia/Tehran")


@dataclass
class Language:
    """How people of a language read and type."""

    name: str
    app: Flask

    def say(self, text: str, **more: str) -> str:
        with self.app.app_context(), i18n.use_locale(self.name):
            return str(_(text, **more))

    def count(self, one: str, many: str, number: int) -> str:
        with self.app.app_context(), i18n.use_locale(self.name):
            return str(ngettext(one, many, number))

    def typed(self, text: str) -> str:
        return to_persian_digits(text) if self.name == "fa" else text

    def day(self, day: datetime) -> str:
        date = day.astimezone(TEHRAN).date()
        return self.typed(JalaliDate(date).strftime("%Y/%m/%d") if self.name == "fa" else date.isoformat())

    def person(self, name: str) -> Person:
        return make_person(name=name, locale=self.name, calendar="solar" if self.name == "fa" else "gregorian")


@pytest.fixture(params=["fa", "en"])
def language(app: Flask, request: pytest.FixtureRequest) -> Language:
    return Language(request.param, app)


@pytest.fixture
def browser_of(page: Page, language: Language) -> Callable[[Person], Page]:
    """`browser_of(person)`: their browser, in the language of the journey."""
    return page.speaking(language.name).as_


def texts(person: Person, purpose: str) -> list[str]:
    """Return the SMS of a purpose that reached a person."""
    return [one.text for one in console.deliveries(person.phone) if one.purpose == purpose]


def test_from_a_card_to_a_cancelled_run(
    browser_of: Callable[[Person], Page], language: Language, work: Callable[[], int]
) -> None:
    sara, reza, mina, omid = (language.person(name) for name in ("Sara", "Reza", "Mina", "Omid"))
    organiser = browser_of(sara)
    card = make_card_by_form(organiser, language)
    become_companions(organiser, browser_of(reza), card, language)
    work()
    assert sara.name in texts(reza, "interest_accepted")[0]

    form = organiser.get("/runs/new").form("/runs/new").fill(
        title="Around the lake", starts_on=language.day(clock.now() + timedelta(days=2)),
        starts_at=language.typed("06:00"), place="Chitgar, north gate", distance_km=language.typed("10"),
        capacity=language.typed("2"),
    )  # fmt: skip
    run = form.submit(status=303).location
    for person, told in ((reza, "You're in"), (mina, "You're in"), (omid, "You're waiting")):
        assert language.say(told) in browser_of(person).post(f"{run}/join", {"status": "GOING"}, 303).follow().words
    assert language.say("You are next in line") in browser_of(omid).get(run).words

    browser_of(mina).get(f"{run}/leave").form(f"{run}/leave").submit(status=303)
    work()
    assert language.say("You're in") in browser_of(omid).get(run).words
    assert "Around the lake" in texts(omid, "run_promoted")[0]

    asked = organiser.get(f"{run}/edit").form(f"{run}/edit").fill(starts_at=language.typed("06:30")).submit(status=422)
    asked.form(f"{run}/edit").submit(language.say("Save and tell them"), status=303)
    work()
    for person in (reza, omid):
        assert language.typed("6:30") in texts(person, "run_changed")[0]
        assert "Around the lake" in browser_of(person).get("/notifications").words

    organiser.get(f"{run}/cancel").form(f"{run}/cancel").fill(reason="Snow on the road").submit(status=303)
    work()
    for person in (reza, omid):
        assert "Around the lake" in texts(person, "run_cancelled")[0]
        assert "Snow on the road" in browser_of(person).get(run).words
    assert not [one for one in console.deliveries(mina.phone) if one.purpose.startswith("run_")]


def make_card_by_form(browser: Page, language: Language) -> str:
    """Create a card that shows the number to people whom its owner accepts, and return its path."""
    form = browser.get("/cards/new").form("/cards/new").fill(
        title="Calm mornings", place="Chitgar", days=["tue", "thu"], time_of_day="dawn",
        distance_km=language.typed("8"), pace=language.typed("5:45"), level="regular", phone_visibility="accepted",
    )  # fmt: skip
    return form.submit(status=303).location


def become_companions(owner: Page, other: Page, card: str, language: Language) -> None:
    """One asks, the other accepts, and both read that they are companions."""
    asks = other.get(f"{card}/interest").form(f"{card}/interest")
    asks.fill(line="Tuesdays suit me well").submit(status=303)
    interest = f"/interests/{db.session.scalars(select(Interest.id)).one()}"
    assert language.say("Accept") in owner.get(interest).words
    answered = owner.post(interest, {"decision": "accept"}, 303)
    for seen in (answered.follow(), other.get(interest)):
        assert language.say("You two run together now") in seen.words
    assert "tel:" in "".join(other.get(interest).links)


def test_the_morning_of_a_run(
    browser_of: Callable[[Person], Page], language: Language, work: Callable[[], int]
) -> None:
    sara, reza, kaveh = (language.person(name) for name in ("Sara", "Reza", "Kaveh"))
    run = make_run(sara, title="Round the lake", meet_minutes_before=15, duration_min=75, capacity=2)
    for person in (reza, kaveh):
        take_part(run, person)
    path, organiser = f"/runs/{run.id}", browser_of(sara)

    with clock.frozen(run.meets_at - timedelta(minutes=10)):
        late = browser_of(reza).post(f"{path}/late", {"minutes": "10"}, 303).follow()
        told = "The organisers know: %(num)d minute late.", "The organisers know: %(num)d minutes late."
        assert language.count(*told, 10) in late.words
        listed = organiser.get(f"{path}/attendance")
        assert language.count("%(num)d min late", "%(num)d min late", 10) in listed.words
        assert f"tel:{reza.phone}" in listed.links
        marked = mark(organiser, path, kaveh, "NO_SHOW")
        assert language.count("%(num)d absent", "%(num)d absent", 1) in marked.words

        stranger = {"name": "Parisa", "phone": language.typed("09127654321")}
        added = organiser.post(f"{path}/walk-ins", stranger, 303).follow()
        assert language.say("%(name)s is running with you.", name="Parisa") in added.words
        beyond = "That is %(num)d more than there are places.", "That is %(num)d more than there are places."
        assert language.count(*beyond, 1) in added.words

    with clock.frozen(run.starts_at - timedelta(minutes=4)):
        code = "".join(browser_of(reza).get(f"{path}/ticket").one(class_="ticket-code").itertext()).replace(" ", "")
        here = organiser.get(f"{path}/attendance?code={code}").form(f"{path}/attendance/code").submit(status=303)
        assert language.say("%(name)s is here.", name="Reza") in here.follow().words
        draft = organiser.get(f"{path}/message").form(f"{path}/message").fill(text="By the blue kiosk", by_sms="1")
        preview = draft.submit(status=303)
        preview.follow().form(preview.location).submit(language.say("Send"), status=303)
        work()
        assert "By the blue kiosk" in texts(reza, "organiser_message")[0]

    with clock.frozen(run.ends_at + timedelta(minutes=5)):
        settle_attendance(run.id)
        db.session.commit()
        assert language.say("You came") in browser_of(reza).get(path).words
        seen = browser_of(kaveh).get(path)
        assert language.say("You were not there") in seen.words
    assert db.session.get_one(Run, run.id).beyond_capacity == 1


def mark(organiser: Page, path: str, person: Person, outcome: str) -> Answer:
    """Tap in a person's row of the list, and return the list afterwards."""
    place = place_of(db.session.get_one(Run, uuid.UUID(path.removeprefix("/runs/"))), person)
    organiser.post(f"{path}/attendance", {f"mark-{place}": outcome, f"was-{place}": ""}, 303)
    return organiser.get(f"{path}/attendance")
