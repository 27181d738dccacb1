"""The whole morning of a run for eighty, in a real browser on phones, from the evening before until all are home."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from hampa.demo.data import FIRST_EN, FIRST_FA, LAST_EN, LAST_FA
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.locale.phone import parse
from hampa.runs.models.participation import Participation
from tests.browser.adjustable_clock import AdjustableClock
from tests.browser.runner import LEAST_TARGET, PHONE, Runner, Ways, choose
from tests.browser.site import Site
from tests.factories.people import make_person, phone
from tests.factories.runs import make_run, take_part
from tests.faults.workers import wait_until
from tests.turns import in_turn

TEHRAN = ZoneInfo("Asia/Tehran")
PLACES = 80
WAITING = 3
WEEKEND = timedelta(days=2)
LATE = {4: 20, 5: 5}
"""Who said how late they will be; Reza says so on the way."""
ID = "[0-9a-f-]{36}"


@pytest.fixture(scope="module")
def site(site_with_clock: Site) -> Site:
    """Return the site with an adjustable clock."""
    return site_with_clock


@pytest.fixture
def friday(site_clock, site) -> datetime:
    """Midnight of a Friday that is yet to come, another one for each morning."""
    return datetime.combine(site_clock.coming(4), time(), TEHRAN)


@dataclass
class Morning:
    """The story: its people, the words of their language, and the hour."""

    site: Site
    site_clock: AdjustableClock
    friday: datetime
    app: Flask
    ways: Ways
    run: str = ""
    contact: str = field(default_factory=lambda: phone().replace("+98", "0"))

    def at(self, hour: int, minute: int, days: int = 0) -> None:
        """Set the clock to an hour of the Friday, or of so many days after it."""
        self.site_clock.set(self.friday + timedelta(days=days, hours=hour, minutes=minute))

    def say(self, text: str, **more: str) -> str:
        with self.app.app_context(), i18n.use_locale(self.ways.language):
            return str(_(text, **more))

    def count(self, one: str, many: str, number: int) -> str:
        with self.app.app_context(), i18n.use_locale(self.ways.language):
            return str(ngettext(one, many, number))

    def link(self, person: Runner, purpose: str, *, after: int = 0) -> str:
        """Return the path of the link in the newest SMS of a purpose."""
        text = self.site.message(person.phone, purpose, after=after)
        found = re.search(r"https?://[^/]+(/\S+)", text)
        assert found, f"no link in: {text}"
        return found[1]

    def mark(self, organiser: Runner, person: Runner, outcome: str) -> None:
        """Tap in a person's row of the list."""
        row = organiser.page.locator(".attendee", has_text=person.name)
        with organiser.page.expect_response(lambda answer: answer.request.method == "POST"):
            choose(row.locator(f'[value="{outcome}"]'))

    def wait_for(self, person: Runner, status: str) -> None:
        """Until somebody stands so to the run."""
        query = select(Participation.status).join(Person, Person.id == Participation.person_id)
        query = query.where(
            Participation.run_id == self.run.rpartition("/")[2], Person.phone == parse(person.phone, "IR")
        )

        def stands() -> bool:
            found = db.session.scalar(query)
            db.session.rollback()
            return found == status

        wait_until(stands, 20)


def names(language: str) -> list[str]:
    """More names than places."""
    firsts, lasts = (FIRST_FA, LAST_FA) if language == "fa" else (FIRST_EN, LAST_EN)
    return [f"{first} {last}" for last, first in product(lasts, firsts["female"] + firsts["male"])]


def company(language: str, friday: datetime) -> tuple[str, dict[str, tuple[str, str]]]:
    """Create a run at half past nine for eighty people, full, with three on the waiting list.

    Return its path, and the names and numbers of the people who play a part.
    """
    there = names(language)
    calendar = {"fa": "solar", "en": "gregorian"}[language]

    def person(name: str) -> Person:
        return make_person(name=name, locale=language, calendar=calendar, phone=phone())

    with clock.frozen(friday - timedelta(days=3)):
        sara = person("سارا کریمی" if language == "fa" else "Sara Karimi")
        run = make_run(
            sara,
            title="صبح جمعه دور دریاچه" if language == "fa" else "Friday morning round the lake",
            place="دریاچهٔ چیتگر، دروازهٔ شمالی" if language == "fa" else "Chitgar lake, north gate",
            starts_local=datetime.combine(friday.date(), time(9, 30)),
            meet_minutes_before=15,
            duration_min=75,
            capacity=PLACES,
        )
        going = [take_part(run, person(name), late_min=LATE.get(nth)) for nth, name in enumerate(there[:PLACES])]
        waiting = [take_part(run, person(name), "WAITLISTED") for name in there[PLACES : PLACES + WAITING]]
    playing = {"sara": sara, "reza": going[0], "mina": going[1], "kaveh": going[2], "omid": waiting[0]}
    found = f"/runs/{run.id}", {part: (person.name, person.phone) for part, person in playing.items()}
    db.session.commit()
    return found


@pytest.mark.parametrize("ways", in_turn([Ways(language="fa")], [Ways(language="en")]), ids=str)
def test_the_whole_morning(arrive, site, site_clock, friday, inside, phone_that_sees, ways):
    story = Morning(site, site_clock, friday, inside, ways)
    story.at(19, 50, days=-1)
    story.run, cast = company(ways.language, friday)
    sara, reza, kaveh = (arrive(*cast[who], ways) for who in ("sara", "reza", "kaveh"))
    sara.sign_in()
    reza.sign_in()
    the_evening_before(story, sara, *(arrive(*cast[who], ways) for who in ("reza", "mina", "omid")))
    on_the_way(story, reza)
    at_the_meeting_point(story, sara, reza, kaveh)
    one_more_turns_up(story, sara, reza)
    reza_shows_his_code(story, sara, reza, phone_that_sees)
    everybody_is_told(story, sara, reza)
    the_run_is_over(story, sara, reza, kaveh)
    reza_is_home(story, arrive(*cast["reza"], ways))


@pytest.mark.parametrize("ways", in_turn([Ways(language="en")], [Ways(language="fa")]), ids=str)
def test_quiet_hours_hold_an_sms_back_until_the_morning(arrive, site, site_clock, friday, inside, ways):
    """Reza sets his hours in the evening; what is cancelled at night is under the bell at once, and an SMS after them."""
    story = Morning(site, site_clock, friday, inside, ways)
    with clock.frozen(friday - timedelta(days=3)):
        people = [
            make_person(name=name, locale=ways.language, phone=phone()) for name in ("Sara Karimi", "Reza Ahmadi")
        ]
        run = make_run(people[0], title="Sunday loop", starts_local=datetime.combine(friday.date(), time(6)) + WEEKEND)
        take_part(run, people[1])
        cast, story.run = [(person.name, person.phone) for person in people], f"/runs/{run.id}"
        db.session.commit()
    sara, reza = (arrive(*one, ways) for one in cast)
    story.at(19, 0, days=-1)
    sara.sign_in()
    reza.sign_in()
    settings = "/me/settings/notifications"
    reza.visit(settings)
    reza.send(settings, quiet_from="22:00", quiet_to="06:30", lands=settings)
    story.at(23, 0, days=-1)
    sara.visit(f"{story.run}/cancel")
    sara.send(f"{story.run}/cancel", reason="Snow on the road", lands=story.run)
    told = select(OutboxMessage).where(
        OutboxMessage.recipient == parse(reza.phone, "IR"), OutboxMessage.purpose == "run_cancelled"
    )
    wait_until(lambda: db.session.rollback() or db.session.scalar(told) is not None, 20)
    reza.visit("/notifications")
    reza.reads("Sunday loop")
    held = db.session.scalars(told).one()
    assert held.next_attempt_at == friday + timedelta(hours=6, minutes=30)
    assert "run_cancelled" not in {one["purpose"] for one in site.messages(reza.phone)}
    held.next_attempt_at = clock.now()  # the outbox goes by the clock of the database, which cannot be set
    db.session.commit()
    story.at(6, 31)
    assert "Sunday loop" in site.message(reza.phone, "run_cancelled")


def the_evening_before(story, sara, reza, mina, omid):
    """Two tap the link of their reminder, on phones on which nobody is signed in: one comes, one does not."""
    story.at(20, 1, days=-1)
    reza.visit(story.link(reza, "run_reminder"))
    reza.press(story.say("Yes, I'm coming"))
    reza.reads(story.say("Thanks for saying so: the organisers see it."))
    mina.visit(story.link(mina, "run_reminder"))
    mina.press(story.say("I can't come"))
    mina.reads(story.say("I'm in after all"))
    assert story.site.message(omid.phone, "run_promoted")
    sara.visit(f"{story.run}/participants")
    sara.reads(story.say("Still in"))


def on_the_way(story, reza):
    """Two hours before comes another reminder; somebody is asked to wait; and it will be ten minutes later."""
    story.at(7, 31)
    assert "/go/" in story.link(reza, "run_reminder", after=1)
    reza.visit(story.run)
    reza.page.get_by_role("link", name=story.say("Someone is expecting me")).click()
    reza.landed("/safety/new")
    form = reza.page.url.removeprefix(story.site.url)
    reza.send(form, lands="/safety", expected_at="11:30", contact_name="مامان", contact_phone=story.contact)
    story.at(8, 40)
    reza.visit(story.run)
    reza.press(reza.typed("10"), of=f"{story.run}/late")
    reza.reads(
        story.count("The organisers know: %(num)d minute late.", "The organisers know: %(num)d minutes late.", 10)
    )


def at_the_meeting_point(story, sara, reza, kaveh):
    """Eighty people on one list: who is late first, each with a number to call, and everything under the thumb."""
    story.at(8, 50)
    sara.visit(story.run)
    sara.page.locator("#bar").get_by_role("link", name=story.say("Who is here?")).click()
    sara.landed(f"{story.run}/attendance")
    rows = sara.page.locator(".attendee")
    assert rows.count() == PLACES
    for row, minutes in zip(rows.all(), (5, 10, 20), strict=False):
        assert story.count("%(num)d min late", "%(num)d min late", minutes) in row.inner_text()
    assert reza.name in rows.nth(1).inner_text()
    calls = sara.page.locator(".attendee-call")
    assert calls.nth(1).get_attribute("href") == f"tel:{parse(reza.phone, 'IR')}"
    assert calls.count() == PLACES
    for reach in (calls.first, *sara.page.locator("#bar .bar-actions > *:visible").all()):
        box = reach.bounding_box()
        assert box["width"] >= LEAST_TARGET and box["height"] >= LEAST_TARGET, box
    sara.page.mouse.wheel(0, 2000)
    for reach in sara.page.locator("#bar .bar-actions > *:visible").all():
        assert reach.bounding_box()["y"] > PHONE["height"] / 2, "it is out of the thumb's reach"
    story.mark(sara, kaveh, "NO_SHOW")
    sara.page.locator("#counts", has_text=story.count("%(num)d absent", "%(num)d absent", 1)).wait_for()


def one_more_turns_up(story, sara, reza):
    """Somebody at the meeting point whom nobody knows. It is full, and they are let in all the same."""
    story.at(9, 5)
    sara.page.get_by_role("link", name=story.say("Just turned up")).click()
    sara.landed(f"{story.run}/walk-ins")
    stranger = {"name": "پریسا" if story.ways.language == "fa" else "Parisa", "phone": phone().replace("+98", "0")}
    sara.send(f"{story.run}/walk-ins", **stranger, lands=f"{story.run}/walk-ins")
    sara.reads(story.say("%(name)s is running with you.", name=stranger["name"]))
    sara.reads(
        story.count("That is %(num)d more than there are places.", "That is %(num)d more than there are places.", 1)
    )
    sara.page.get_by_role("link", name=story.say("Who is here?")).click()
    sara.landed(f"{story.run}/attendance")
    assert not [one for one in story.site.messages(reza.phone) if one["purpose"] == "run_changed"]


def reza_shows_his_code(story, sara, reza, phone_that_sees):
    story.at(9, 26)
    reza.visit(story.run)
    reza.page.locator("#bar").get_by_role("link", name=story.say("Show my code")).click()
    reza.landed(f"{story.run}/ticket")
    code = reza.page.locator(".ticket-code").inner_text().replace(" ", "")
    seeing = phone_that_sees(f"{story.site.url}{story.run}/attendance?code={code}", sara.page)
    seeing.goto(f"{story.site.url}{story.run}/attendance")
    seeing.get_by_role("button", name=story.say("Scan")).click()
    seeing.get_by_text(story.say("%(name)s is here.", name=reza.name)).wait_for()
    expect(seeing.locator("#counts b")).to_have_text(reza.typed(story.say("%(came)s of %(all)s", came="2", all="81")))
    seeing.close()


def everybody_is_told(story, sara, reza):
    """Send a message to all participants, after seeing what it costs."""
    sara.visit(f"{story.run}/attendance")
    sara.page.locator("#bar").get_by_role("link", name=story.say("Write to everybody")).click()
    sara.landed(f"{story.run}/message")
    words = "کنار کیوسک آبی ایستاده‌ایم" if story.ways.language == "fa" else "We stand by the blue kiosk"
    sara.send(f"{story.run}/message", text=words, by_sms="1", lands=f"{story.run}/message/{ID}")
    sara.reads(story.count("%(num)d person can read it in the app.", "%(num)d people can read it in the app.", 81))
    sara.press(story.say("Send"), lands=f"{story.run}/message")
    assert words in story.site.message(reza.phone, "organiser_message")


def the_run_is_over(story, sara, reza, kaveh):
    """End the run: marks count, and a person disputes one."""
    story.at(10, 50)
    story.wait_for(reza, "COMPLETED")
    story.wait_for(kaveh, "NO_SHOW")
    reza.visit(story.run)
    reza.reads(story.say("You came"))
    kaveh.sign_in()
    kaveh.visit(story.run)
    kaveh.reads(story.say("You were not there"))
    kaveh.press(story.say("I came"))
    kaveh.reads(story.say("You came"))
    sara.visit(f"{story.run}/attendance?q={kaveh.name}")
    sara.reads(story.say("Says: I came"))
    sara.reads(story.say("You marked otherwise."))


def reza_is_home(story, reza):
    """Nudged, asked, and home by one tap on a phone on which nobody is signed in. Nobody had to worry."""
    story.at(11, 21)
    assert "/safe/" in story.link(reza, "home_safe")
    story.at(11, 31)
    reza.visit(story.link(reza, "home_safe", after=1))
    reza.press(story.say("I'm home"))
    reza.reads(story.say("Nobody had to worry."))
    assert not story.site.messages(story.contact)
