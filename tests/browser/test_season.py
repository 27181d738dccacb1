"""A season of one runner and a challenge of their crew: a timer on two phones, files of a watch, a badge, the first rank."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs.models import Job
from hampa.platform.jobs.registry import job_definitions
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _, ngettext
from tests.browser.runner import Runner, Ways
from tests.browser.site import Site
from tests.factories.badges import make_badge
from tests.factories.crews import make_crew
from tests.factories.people import make_person, phone
from tests.factories.training import make_activity
from tests.faults.workers import wait_until
from tests.turns import in_turn

TEHRAN = ZoneInfo("Asia/Tehran")
ID = "[0-9a-f-]{36}"
NAMES = {"fa": ("سارا کریمی", "رضا احمدی", "مینا راد"), "en": ("Sara Karimi", "Reza Ahmadi", "Mina Rad")}
FILES = 11
"""Runs of ten kilometres and an hour each, every other day."""
LONGEST_WAIT = 90
"""Seconds: some of what the worker does comes each minute, and once more when it had just looked."""
CALENDARS = {"fa": "solar", "en": "gregorian"}
BADGE = {"fa": "ده ساعت دویدن", "en": "Ten hours of running"}


@pytest.fixture(scope="module")
def site(site_with_clock: Site) -> Site:
    """Return the site with an adjustable clock."""
    return site_with_clock


def gpx(started_at: datetime) -> bytes:
    """Return the track of an hour and ten kilometres, a point each half minute."""
    points = (
        f'<trkpt lat="{35.7 + at * 10_000 / 120 / 111_195:.6f}" lon="51.400000"><ele>1200</ele>'
        f"<time>{started_at.astimezone(ZoneInfo('UTC')) + timedelta(seconds=30 * at):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for at in range(121)
    )
    return f"<gpx><trk><type>running</type><trkseg>{''.join(points)}</trkseg></trk></gpx>".encode()


def files_of_a_watch(monday: datetime) -> bytes:
    """Return the archive of a season: its runs, one of them twice, and a file that broke."""
    runs = {f"run-{at:02}.gpx": gpx(monday + timedelta(days=1 + at, hours=8)) for at in range(FILES)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {
            **runs,
            "run-03 (1).gpx": runs["run-03.gpx"],
            "broken.gpx": runs["run-00.gpx"][:-99],
        }.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def comes(runner: Runner, path: str, *texts: str) -> None:
    """Look again until the page shows these texts, as the worker follows."""

    def shows() -> bool:
        runner.page.goto(path)
        shown = " ".join(runner.page.locator("main").inner_text().split())
        return all(text in shown for text in texts)

    wait_until(shows, LONGEST_WAIT)
    runner.look()


def has_swept(moment: datetime) -> bool:
    """Return whether the worker has deleted stray files since the clock was set, by which it takes new ones for old."""
    keys = [
        f"{one.name}@{int(moment.timestamp() // one.every.total_seconds())}"
        for one in job_definitions()
        if one.every is not None and one.name in ("activity_files.sweep", "media.sweep_files", "storage.sweep")
    ]
    db.session.rollback()
    return db.session.scalars(select(Job.status).where(Job.key.in_(keys))).all() == ["done"] * len(keys)


@pytest.mark.parametrize("language", in_turn(["en"], ["fa"]))
def test_a_season_of_a_runner_and_a_challenge_of_their_crew(arrive, site, site_clock, inside, language):
    monday = datetime.combine(site_clock.coming(0), time(10), TEHRAN)
    ways = Ways(language=language)

    def say(text: str, **more: object) -> str:
        with i18n.use_locale(language):
            return str(_(text, **more))

    def count(one: str, many: str, number: int) -> str:
        with i18n.use_locale(language):
            return str(ngettext(one, many, number))

    with clock.frozen(monday):
        people = [
            make_person(name=name, locale=language, calendar=CALENDARS[language], phone=phone())
            for name in NAMES[language]
        ]
        crew = make_crew(*people[:2], name="Dawn crew")
        make_activity(people[2], timedelta(hours=2), distance_m=30_000, visibility="everyone")
        make_badge(name_fa=BADGE["fa"], name_en=BADGE["en"], criteria={"metric": "hours", "threshold": 10})
        cast, challenges = [(one.name, one.phone) for one in people], f"/crews/{crew.id}/challenges/new"
        db.session.commit()
    site_clock.set(monday)
    sara, reza, mina = (arrive(*one, ways) for one in cast)
    sara.sign_in()
    sara.visit(challenges)
    sara.send(challenges, name="To Yazd", metric="distance", mode="ranking", lands=f"/challenges/{ID}")
    challenge = sara.page.url.removeprefix(site.url)
    link = sara.page.locator(".challenge-link").inner_text().removeprefix(site.url)
    mina.sign_in()
    mina.visit(link)
    mina.press(say("Take part"), lands=challenge)

    reza.sign_in()
    reza.visit("/me/training/visibility")
    reza.send("/me/training/visibility", visibility="everyone", lands="/me/training")
    reza.visit(challenge)
    reza.press(say("Take part"), lands=challenge)
    stop_on_another_phone(reza, arrive(*cast[1], ways), lambda: site_clock.set(monday + timedelta(minutes=47)), say)
    board = f"/leaderboards/challenge/{challenge.rpartition('/')[2]}"
    second = f"{say('Your rank')} {reza.typed('2')} {say('of %(all)s', all=reza.typed('2'))}"
    comes(reza, board, second, reza.typed("8"))

    site_clock.set(monday + timedelta(days=FILES + 2))
    wait_until(lambda: has_swept(monday + timedelta(days=FILES + 2)), LONGEST_WAIT)
    bring_files(reza, files_of_a_watch(monday), count)
    comes(reza, board, second.replace(reza.typed("2"), reza.typed("1"), 1), mina.name)
    site_clock.set(monday + timedelta(days=FILES + 3))  # the worker looks each minute at who did something
    comes(mina, challenge, say("place %(rank)s", rank=reza.typed("2")))
    comes(reza, "/me/badges", BADGE[language])
    before, after = say("You earned the badge %(badge)s.", badge="|").split("|")
    comes(reza, "/notifications", before.strip(), after.strip())  # it names one of those that are earned at once


def stop_on_another_phone(reza: Runner, other: Runner, later: Callable[[], None], say: Callable[..., str]) -> None:
    """Start the timer on one phone, and stop it on another: the first one sees that by itself."""
    reza.visit("/me/training")
    reza.press(say("Start"), of="/me/timer")
    expect(reza.page.locator("#timer .timer-clock")).to_be_visible()
    later()
    other.sign_in()
    other.visit("/me/training")
    seconds = int(other.page.locator("#timer .timer-clock").get_attribute("data-timer") or 0)
    assert 40 * 60 < seconds <= 47 * 60, "it began on the other phone, some seconds before the clock was set"
    other.press(say("Stop and log it"), of="/me/timer/stop", lands=f"/activities/{ID}/edit")
    expect(reza.page.locator("#timer .timer-start")).to_be_visible(timeout=20_000)
    form = other.page.url.removeprefix(other.site.url)
    other.send(form, distance_km="8", lands=form.partition("/edit")[0])
    other.reads(say("Saved."))


def bring_files(reza: Runner, archive: bytes, count: Callable[[str, str, int], str]) -> None:
    """Send the archive, and wait on its page until all is read; what broke has its name there."""
    path = "/me/activities/import"
    reza.visit(path)
    sent = {"name": "watch.zip", "mimeType": "application/zip", "buffer": archive}
    reza.page.locator("[name=file]").set_input_files(sent)
    reza.send(path, lands=f"{path}/{ID}")
    made = count("%(num)d file is now an activity.", "%(num)d files are now activities.", FILES)
    expect(reza.page.locator("main")).to_contain_text(made, timeout=40_000)
    here = (
        "%(num)d file was already here and wasn't added again.",
        "%(num)d files were already here and weren't added again.",
    )
    expect(reza.page.locator("main")).to_contain_text(count(*here, 1))
    expect(reza.page.locator(".activity-files li")).to_contain_text("broken.gpx")
    reza.look()
