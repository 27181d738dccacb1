"""A Saturday of a crew in a real browser on phones, from the draft of its roster to the week's review."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from hampa.auth.actions.sessions import open_session
from hampa.closeouts.models import CloseOut
from hampa.duties.queries.shifts import start_token
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from tests.bench.world import cookie_of
from tests.browser.adjustable_clock import AdjustableClock
from tests.browser.runner import Runner, Ways
from tests.browser.site import Site
from tests.factories.crews import make_crew
from tests.factories.duties import make_schedule
from tests.factories.people import make_person, phone
from tests.faults.workers import wait_until
from tests.turns import in_turn

TEHRAN = ZoneInfo("Asia/Tehran")
ID = "[0-9a-f-]{36}"
CAST = {
    "fa": {"sara": "سارا کریمی", "reza": "رضا احمدی", "mina": "مینا راد", "omid": "امید صالحی", "laleh": "لاله صدری"}
    | {"kian": "کیان بهرامی"},
    "en": {"sara": "Sara Karimi", "reza": "Reza Ahmadi", "mina": "Mina Rad", "omid": "Omid Salehi"}
    | {"laleh": "Laleh Sadri", "kian": "Kian Bahrami"},
}
DUTIES = {
    "fa": {"leader": "سرپرست روز", "marshal": "دروازهٔ شمالی", "timekeeper": "خط پایان"},
    "en": {"leader": "Leader of the day", "marshal": "North gate", "timekeeper": "Finish line"},
}
REVIEWED = {"fa": 8, "en": 3}
"""How many days after a Saturday its week has ended: weeks begin on Saturday in Persian, and on Monday in English."""


@pytest.fixture(scope="module")
def site(site_with_clock: Site) -> Site:
    """Return the site with an adjustable clock."""
    return site_with_clock


@dataclass
class Saturday:
    """The story: its day, its people and its duties."""

    site: Site
    site_clock: AdjustableClock
    app: Flask
    language: str
    day: date
    people: dict[str, Runner] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    crew_id: str = ""
    shifts: dict[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return f"/rosters/crew/{self.crew_id}"

    @property
    def roster(self) -> str:
        return f"{self.owner}/{self.day}"

    def at(self, hour: int, minute: int = 0, days: int = 0) -> None:
        """Set the clock to an hour of the Saturday, or of so many days after it."""
        day = self.day + timedelta(days=days)
        self.site_clock.set(datetime.combine(day, time(hour, minute), TEHRAN))

    def say(self, text: str, **more: str) -> str:
        with self.app.app_context(), i18n.use_locale(self.language):
            return str(_(text, **more))

    def tells(self, name: str, kind: str) -> None:
        """Wait until the worker has told somebody."""
        query = select(Notification.id).where(Notification.type == kind, Notification.person_id == self.ids[name])
        wait_until(lambda: db.session.rollback() or db.session.scalar(query) is not None)


@pytest.fixture
def story(site, site_clock, inside, arrive, request) -> Saturday:
    """Return a crew of six people, who are signed in, with three duties at eight on Saturdays."""
    language = request.param
    day = site_clock.coming(5)
    story = Saturday(site, site_clock, inside, language, day)
    story.at(10, days=-5)
    eight = datetime.combine(day, time(8), TEHRAN).astimezone(UTC)
    with clock.frozen(datetime.combine(day - timedelta(days=6), time(10), TEHRAN)):
        calendar = {"fa": "solar", "en": "gregorian"}[language]
        people = {
            name: make_person(name=words, locale=language, calendar=calendar, phone=phone())
            for name, words in CAST[language].items()
        }
        crew = make_crew(*people.values(), name="شنبه‌های پارک" if language == "fa" else "Park Saturdays")
        for role, name in DUTIES[language].items():
            many = {"min_people": 2, "max_people": 2} if role == "marshal" else {}
            made = make_schedule(crew, name=name, role=role, rule="0 8 * * 6", duration_min=90, **many)
            story.shifts[role] = f"/schedules/{made.id}/shifts/{start_token(eight)}"
        story.crew_id = str(crew.id)
        tokens = {
            name: open_session(one, address="127.0.0.1", agent="phone", method="code") for name, one in people.items()
        }
    story.ids = {name: str(person.id) for name, person in people.items()}
    db.session.commit()
    for name, person in people.items():
        runner = arrive(person.name, person.phone, Ways(language=language))
        cookie, value = cookie_of(inside, tokens[name]).split("=", 1)
        runner.page.context.add_cookies([{"name": cookie, "value": value, "url": site.url}])
        story.people[name] = runner
    db.session.rollback()
    return story


@pytest.mark.parametrize("story", in_turn(["fa"], ["en"]), indirect=True)
def test_a_saturday_from_the_draft_of_its_roster_to_the_review_of_its_week(story):
    the_roster_is_drafted_and_published(story)
    phones_fill_it(story)
    two_swap(story)
    one_does_not_come_and_another_takes_over(story)
    incident = something_happens(story)
    the_day_is_closed(story, incident)
    the_week_is_reviewed(story)


def the_roster_is_drafted_and_published(story):
    """Nobody leads: the check says so, leads to where somebody is put in, and keeps the draft back until then."""
    sara, reza = story.people["sara"], story.people["reza"]
    sara.visit(f"{story.owner}/rules")
    sara.press(story.say("Start with the usual rules"))
    sara.visit(story.roster)
    sara.press(story.say("Draft the roster"))
    sara.reads(story.say("Must be fixed"))
    sara.reads(story.say("Warning"))
    publish = sara.page.get_by_role("button", name=story.say("Publish the roster"))
    expect(publish).to_be_disabled()
    sara.page.locator(".roster-checks li", has_text=story.say("Must be fixed")).get_by_role("link").first.click()
    sara.landed(f"{story.shifts['leader']}/people")
    sara.send(f"{story.shifts['leader']}/people", people=story.ids["reza"], lands=story.shifts["leader"])
    reza.visit("/me/duties")
    assert not reza.page.locator("main .shift").count(), "who is in a draft does not know of it"
    sara.visit(story.roster)
    sara.press(story.say("Publish the roster"))
    sara.reads(story.say("Published"))
    reza.visit("/notifications")
    reza.reads(DUTIES[story.language]["leader"])


def phones_fill_it(story):
    """Two take the gate and one the finish line; the last waits for a place at the gate."""
    for name, role in (("mina", "marshal"), ("omid", "timekeeper"), ("laleh", "marshal")):
        runner, shift = story.people[name], story.shifts[role]
        runner.visit("/duties")
        runner.page.locator(f'main a.button[href="{shift}"]').click()
        runner.landed(shift)
        runner.send(f"{shift}/book")
        runner.reads(story.say("It's yours"))
    kian = story.people["kian"]
    kian.visit(story.shifts["marshal"])
    kian.press(story.say("Take a place if one comes free"))
    kian.reads(story.say("Stop waiting"))


def two_swap(story):
    mina, omid = story.people["mina"], story.people["omid"]
    mina.visit(story.shifts["marshal"])
    mina.page.get_by_role("link", name=story.say("Hand it on or swap it")).click()
    mina.landed(f"/duties/bookings/{ID}/offer")
    of_omid = mina.page.locator("[name=wanted] option", has_text=omid.name).get_attribute("value")
    form = mina.page.url.removeprefix(story.site.url)
    mina.send(form, button="button[value=swap]", wanted=of_omid, lands=story.shifts["marshal"])
    omid.visit("/answers")
    omid.press(story.say("I'll swap"))
    omid.reads(story.say("You have swapped. Thank you!"))
    for runner, role in ((omid, "marshal"), (mina, "timekeeper")):
        runner.visit("/me/duties")
        runner.reads(DUTIES[story.language][role])


def one_does_not_come_and_another_takes_over(story):
    """Omid shows that he is there by the code on the leader's phone; Laleh does not come, and Kian waits for a place."""
    reza, omid, laleh, kian = (story.people[name] for name in ("reza", "omid", "laleh", "kian"))
    gate = story.shifts["marshal"]
    story.at(7, 45)
    reza.visit(gate)
    reza.page.get_by_role("link", name=story.say("Show the code of the shift")).click()
    reza.landed(f"{gate}/code")
    code = reza.page.locator(".ticket-code").inner_text()
    omid.visit(gate)
    omid.page.get_by_role("link", name=story.say("I'm here")).click()
    omid.landed(f"{gate}/here")
    omid.send(f"{gate}/here", code=code, lands=gate)
    omid.reads(story.say("shown by the code"))
    story.at(8, 5)
    reza.visit(gate)
    row = reza.page.locator(".shift-people li", has_text=laleh.name)
    row.locator("summary").click()
    with reza.page.expect_response(lambda answer: answer.request.method == "POST"):
        row.get_by_role("button", name=story.say("Did not come")).click()
    reza.page.wait_for_load_state("networkidle")
    reza.press(story.say("Give them the place"), of=f"{gate}/standby")
    expect(reza.page.locator(".shift-people li", has_text=kian.name)).to_have_count(1)
    kian.visit(gate)
    kian.reads(story.say("It's yours"))


def something_happens(story):
    """Omid reports it from his shift, and Reza takes it over; return its path."""
    omid, reza, sara = (story.people[name] for name in ("omid", "reza", "sara"))
    story.at(8, 40)
    omid.visit(story.shifts["marshal"])
    omid.page.get_by_role("link", name=story.say("Report what happened")).click()
    omid.landed("/incidents/new")
    path = omid.page.url.removeprefix(story.site.url)
    words = "یکی کنار پل زمین خورد" if story.language == "fa" else "Somebody fell at the bridge"
    omid.send(path, severity="2", category="medical", text=words, lands=f"/incidents/{ID}")
    incident = omid.page.url.removeprefix(story.site.url)
    reza.visit("/notifications")
    reza.page.locator("main .notification a, main a").filter(has_text=story.say("Incident")).first.click()
    reza.landed(incident)
    reza.reads(words)
    reza.press(story.say("I've got it"), of=f"{incident}/take")
    sara.visit(incident)
    sara.reads(reza.name)
    return incident


def the_day_is_closed(story, incident):
    """Close the day; who did not come and what was reported are there already."""
    sara, omid, laleh = (story.people[name] for name in ("sara", "omid", "laleh"))
    story.at(9, 41)
    query = select(CloseOut.id).where(CloseOut.crew_id == story.crew_id)
    wait_until(lambda: db.session.rollback() or db.session.scalar(query) is not None)
    path = f"/duties/close-outs/{db.session.scalar(query)}"
    sara.visit("/answers")
    sara.page.locator(f'main a[href="{path}"]').first.click()
    sara.landed(path)
    row = sara.page.locator(".closeout-people li", has_text=laleh.name)
    expect(row.locator("select")).to_have_value("no_show")
    expect(sara.page.locator(f'main a[href="{incident}"]')).to_be_visible()
    sara.send(path, rest_came="y", incidents="yes")
    sara.reads(story.say("Closed out"))
    words = "دم همه گرم" if story.language == "fa" else "You were great"
    sara.send(f"{path}/thanks", text=words)
    sara.reads(words)
    story.tells("omid", "duty_thanks")
    omid.visit("/notifications")
    omid.reads(words)
    omid.visit("/me/duties")
    omid.reads(story.say("Was there"))


def the_week_is_reviewed(story):
    sara = story.people["sara"]
    story.at(9, days=REVIEWED[story.language])
    sara.visit("/incidents/review")
    row = sara.page.locator(".incident-table tr", has_text=story.say("Incident")).first
    expect(row.locator("td")).to_have_text(sara.typed("1"))
