"""A marathon block in a browser, from a template to the race: an exam, a sick week, what the coach keeps, and the mail."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.auth.actions.sessions import open_session
from hampa.coaching.forms.words import EVENT_WORDS, EXCUSE_WORDS, STANDING_WORDS
from hampa.coaching.models.sessions import PlanSession
from hampa.files.models import StoredFile
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import enqueue
from hampa.platform.locale import i18n, measures
from hampa.platform.locale.i18n import gettext as _, ngettext
from tests.bench.world import cookie_of
from tests.browser.adjustable_clock import AdjustableClock
from tests.browser.runner import Runner, Ways
from tests.browser.site import Site
from tests.factories.coaching import make_athlete, make_template, template_session
from tests.factories.people import make_person, phone
from tests.faults.workers import wait_until
from tests.mail_server import MailServer
from tests.turns import in_turn

TEHRAN = ZoneInfo("Asia/Tehran")
ID = "[0-9a-f-]{36}"
WEEKS = 12
TUESDAY, THURSDAY, LONG = 5, 3, 0
"""How many days before a Sunday a week has its sessions."""
NAMES = {"fa": ("سارا کریمی", "رضا احمدی"), "en": ("Sara Karimi", "Reza Ahmadi")}
CALENDARS = {"fa": "solar", "en": "gregorian"}
EVES = {"fa": 11, "en": 13}
"""How many days after the first one the evening is on which the second week ends: Friday in Persian, Sunday in English."""
SAID = {
    "fa": {"race": "ماراتن تهران", "exam": "امتحان دارم", "flu": "آنفلوآنزا", "line": "سبک و روان بود"}
    | {"shared": "ساق پایش بعد از سربالایی درد می‌گیرد. پزشک ببیند؟", "private": "این ماه سر کار خیلی خسته است."}
    | {"ready": "آماده است."},
    "en": {"race": "Tehran Marathon", "exam": "I have an exam", "flu": "The flu", "line": "Light and smooth"}
    | {"shared": "His calf hurts after hills. Should he see a doctor?", "private": "Work tires him a lot."}
    | {"ready": "He is ready."},
}


@pytest.fixture(scope="module")
def site(site_with_clock: Site) -> Site:
    """Return the site with an adjustable clock."""
    return site_with_clock


@dataclass
class Block:
    """The story: its first Monday, the coach and the athlete, and the plan once it is there."""

    site_clock: AdjustableClock
    app: Flask
    language: str
    monday: date
    record: str
    coach: Runner
    runner: Runner
    mails: MailServer
    ids: dict[str, str] = field(default_factory=dict)
    plan: str = ""

    @property
    def words(self) -> dict[str, str]:
        return SAID[self.language]

    @property
    def race_on(self) -> date:
        return self.monday + timedelta(days=7 * WEEKS - 1)

    def at(self, days: int, hour: int, minute: int = 0) -> None:
        """Set the clock to an hour of a day so many days after the first Monday."""
        self.site_clock.set(datetime.combine(self.monday + timedelta(days=days), time(hour, minute), TEHRAN))

    def sign_in(self, days: int, hour: int) -> None:
        """Sign both in, at an hour of a day so many days after the first Monday."""
        self.at(days, hour)
        for runner in (self.coach, self.runner):
            with clock.frozen(datetime.combine(self.monday + timedelta(days=days), time(hour), TEHRAN)):
                person = db.session.scalars(select(Person).where(Person.phone == runner.phone)).one()
                token = open_session(person, address="127.0.0.1", agent="phone", method="code")
                db.session.commit()
            cookie, value = cookie_of(self.app, token).split("=", 1)
            runner.page.context.add_cookies([{"name": cookie, "value": value, "url": runner.site.url}])

    def say(self, text: object, **more: str) -> str:
        with self.app.app_context(), i18n.use_locale(self.language):
            return str(_(text, **more)) if isinstance(text, str) else str(text)

    def session(self, days: int) -> str:
        """Return the address of the session on a day so many days after the first Monday."""
        db.session.rollback()
        day = PlanSession.day == self.monday + timedelta(days=days)
        found = db.session.scalars(select(PlanSession.id).where(PlanSession.plan_id == self.ids["plan"], day)).one()
        return f"{self.plan}/sessions/{found}"


@pytest.fixture
def block(site, site_clock, inside, arrive, mail_server, request) -> Block:
    """Return a coach with a template of twelve weeks, and an athlete who agreed to them, both signed in."""
    language = request.param
    monday = site_clock.coming(0)
    began = datetime.combine(monday, time(10), TEHRAN)
    site_clock.set(began)
    number = phone()[1:]
    with clock.frozen(began - timedelta(minutes=5)):
        coach, runner = (
            make_person(
                name=name,
                locale=language,
                calendar=CALENDARS[language],
                phone=phone(),
                email=f"{role}{number}@mail.example",
                email_verified_at=began,
            )
            for name, role in zip(NAMES[language], ("coach", "runner"), strict=True)
        )
        race_on = monday + timedelta(days=7 * WEEKS - 1)
        record = make_athlete(coach, runner, goal_race=SAID[language]["race"], goal_race_on=race_on)
        befores = [7 * week + day for week in range(WEEKS) for day in (TUESDAY, THURSDAY, LONG) if week or day]
        sessions = [template_session(before, distance_m=8_000 + 1_000 * (before % 7)) for before in befores]
        sessions.append(template_session(0, distance_m=42_195))
        template = make_template(coach, sessions=sessions, name=SAID[language]["race"])
    record_id, ids = str(record.id), {"template": str(template.id), "number": number}
    db.session.commit()
    people = [arrive(person.name, person.phone, Ways(language=language)) for person in (coach, runner)]
    block = Block(site_clock, inside, language, monday, record_id, *people, mail_server, ids)
    block.sign_in(0, 10)
    return block


@pytest.mark.parametrize("block", in_turn(["en"], ["fa"]), indirect=True)
def test_a_marathon_block_from_its_template_to_the_race(block, tmp_path):
    the_plan_is_filled_backwards_from_the_race(block)
    a_session_is_moved_and_one_is_done(block)
    a_week_is_sick(block)
    the_coach_keeps_notes_a_file_and_a_summary(block, tmp_path)
    the_mail_of_the_week_comes(block)
    the_race_is_run(block)


def the_plan_is_filled_backwards_from_the_race(block):
    """Make a plan for the race of the record: each session lies as far before it as in the template."""
    sara, athlete = block.coach, f"/coaching/athletes/{block.record}"
    sara.visit(f"{athlete}/plans/new")
    sara.send(f"{athlete}/plans/new", lands=f"/plans/{ID}/sessions")
    block.plan = sara.page.url.removeprefix(sara.site.url).removesuffix("/sessions")
    block.ids["plan"] = block.plan.rpartition("/")[2]
    sara.visit(f"{block.plan}/fill")
    sara.send(f"{block.plan}/fill", template=block.ids["template"], lands=f"{block.plan}/sessions")
    with block.app.app_context(), i18n.use_locale(block.language):
        sara.reads(measures.distance(42.195))
    db.session.rollback()
    query = select(PlanSession.day, PlanSession.distance_m).where(PlanSession.plan_id == block.ids["plan"])
    rows = db.session.execute(query.order_by(PlanSession.day)).all()
    assert len(rows) == 3 * WEEKS and rows[-1] == (block.race_on, 42_195)
    assert [(row.day - block.monday).days for row in rows[:3]] == [1, 3, 6]


def a_session_is_moved_and_one_is_done(block):
    """Let the athlete move one with a reason and say how another was: the coach sees who did that, and why."""
    reza, sara, thursday, tuesday = block.runner, block.coach, block.session(3), block.session(1)
    reza.visit(thursday)
    friday = (block.monday + timedelta(days=4)).isoformat()
    reza.send(f"{thursday}/move", day=friday, why=block.words["exam"], lands=f"{block.plan}/sessions")
    block.at(1, 20)
    reza.visit(tuesday)
    good = "[name=feeling][value=good]"
    reza.send(f"{tuesday}/answer", button=good, line=block.words["line"], lands=f"{block.plan}/sessions")
    sara.visit("/coaching")
    with block.app.app_context(), i18n.use_locale(block.language):
        sara.reads(str(ngettext("%(num)d waits for you", "%(num)d wait for you", 2)))
    sara.visit(f"/coaching/athletes/{block.record}")
    moved = sara.page.locator(".change", has_text=block.words["exam"])
    assert block.say(EVENT_WORDS["moved"]) in moved.inner_text() and reza.name in moved.inner_text()
    sara.reads(block.words["line"])
    sara.press(block.say("I've seen everything"), lands="/coaching")


def a_week_is_sick(block):
    """Let the athlete have no time and be ill: the coach sees that on the calendar, and eases the long run."""
    reza, sara = block.runner, block.coach
    block.at(7, 9)
    reza.visit("/me/availability")
    days = {name: (block.monday + timedelta(days=day)).isoformat() for name, day in (("first", 7), ("last", 12))}
    reza.send("/me/availability/exceptions", **days, note=block.words["flu"], lands="/me/availability")
    for day in (8, 10):
        reza.visit(block.session(day))
        reza.press(block.say("I'm ill"), of=f"{block.session(day)}/step", lands=f"{block.plan}/sessions")
    sara.visit("/coaching/week")
    sara.reads(block.words["flu"])
    sara.reads(block.say(EXCUSE_WORDS["illness"]))
    long = block.session(13)
    sara.visit(long)
    sara.press(block.say("Shorten to half"), of=f"{long}/step", lands=f"{block.plan}/sessions")
    reza.visit(f"{block.plan}/changes")
    eased = reza.page.locator(".change").first.inner_text()
    assert block.say(EVENT_WORDS["shortened"]) in eased and sara.name in eased


def the_coach_keeps_notes_a_file_and_a_summary(block, tmp_path):
    """Write a note of the coach's own and one for the athlete, add a file, and change and approve a summary."""
    sara, reza, words = block.coach, block.runner, block.words
    notes, files, summaries = (f"/{kind}/athlete/{block.record}" for kind in ("notes", "files", "summaries"))
    sara.visit(notes)
    sara.send(notes, text=words["private"], lands=notes)
    sara.send(notes, text=words["shared"], is_shared="y", lands=notes)
    bag = tmp_path / "bag.txt"
    bag.write_text("Number, pins, breakfast three hours before.\n")
    sara.visit(files)
    sara.page.locator("[name=file]").set_input_files(bag)
    sara.send(files, lands=files)
    sara.visit(summaries)
    sara.send(summaries, lands=summaries)
    sara.reads(words["shared"].partition(" ")[0])
    edit = str(sara.page.locator('main a[href$="/edit"]').first.get_attribute("href"))
    sara.visit(edit)
    last = sara.page.locator('main [name$="-source"]').last
    name = str(last.get_attribute("name")).removesuffix("source")
    sara.send(edit, **{f"{name}text": words["ready"]})
    sara.page.locator(".errors, .error, [aria-invalid=true]").first.wait_for()
    sara.send(edit, **{f"{name}source": f"plan:{block.ids['plan']}"}, lands=summaries)
    sara.send(edit.replace("/edit", "/approve"), is_shared="y", lands=summaries)
    reza.visit(summaries)
    reza.reads(words["ready"])
    reza.visit(notes)
    reza.reads(words["shared"])
    assert words["private"] not in reza.page.locator("main").inner_text()
    checked = select(StoredFile.state).where(StoredFile.owner_id == block.record)
    wait_until(lambda: db.session.rollback() or db.session.scalar(checked) == "ready")
    reza.visit(files)
    with reza.page.expect_download() as fetched:
        reza.page.get_by_role("link", name="bag.txt").click()
    assert fetched.value.path().read_text() == bag.read_text()


def the_mail_of_the_week_comes(block):
    """On the evening before the week, one to each: in two forms, in their language and direction, with a way to stop."""
    block.at(EVES[block.language], 18, 30)
    enqueue("coaching.write_weeks")  # as it is every half hour
    db.session.commit()
    addresses = [f"{role}{block.ids['number']}@mail.example" for role in ("coach", "runner")]

    def came() -> dict[str, EmailMessage]:
        return {str(mail["To"]): mail for mail in block.mails.mails if mail["To"] in addresses}

    wait_until(lambda: len(came()) == len(addresses), 60)
    coach, runner = (came()[address] for address in addresses)
    ill = block.say(EXCUSE_WORDS["illness"])
    for mail, said in ((coach, block.runner.name), (runner, ill)):
        assert mail.get_content_type() == "multipart/alternative" and not mail.defects
        text, html = (mail.get_body([kind]) for kind in ("plain", "html"))
        assert said in text.get_content() and said in html.get_content()
        assert text.get_content_charset() == html.get_content_charset() == "utf-8"
        direction = "rtl" if block.language == "fa" else "ltr"
        assert re.search(rf'<html[^>]* lang="{block.language}"[^>]* dir="{direction}"', html.get_content())
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert block.words["private"] not in text.get_content() and block.words["flu"] not in text.get_content()
    with block.app.app_context(), i18n.use_locale(block.language):
        assert (
            str(ngettext("%(num)d session done", "%(num)d sessions done", 0)) in coach.get_body(["plain"]).get_content()
        )
    link = re.fullmatch(r"<https?://[^/]+(/unsubscribe/\S+)>", str(runner["List-Unsubscribe"]))
    assert link
    block.runner.visit(link[1])


def the_race_is_run(block):
    """On its day the athlete says how it was; the coach sees it beside the plan, and on the timeline of the plan."""
    reza, sara = block.runner, block.coach
    block.sign_in(7 * WEEKS - 1, 16)  # who was away for a month signs in anew
    race = block.session(7 * WEEKS - 1)
    reza.visit("/me/training-week")
    reza.page.locator(f'main a[href="{race}"]').click()
    reza.landed(race)
    great = "[name=feeling][value=great]"
    reza.send(f"{race}/answer", button=great, felt_effort="10", lands=f"{block.plan}/sessions")
    sara.visit(race)
    sara.reads(block.say(STANDING_WORDS["done"]))
    sara.reads(sara.typed("100"))
    sara.visit(f"{block.plan}/timeline?kind=coaching_done")
    told = sara.page.locator(".timeline-entry").first.inner_text()
    assert block.say(EVENT_WORDS["answered"]) in told and reza.name in told
