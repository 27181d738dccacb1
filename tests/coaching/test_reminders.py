"""Deadlines and the weekly mail: to whom, when by their own clocks, once, and nothing of what was taken back."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from hampa.coaching.actions import deadlines, weekly
from hampa.coaching.jobs import remind, write_weeks
from hampa.coaching.models.athletes import Athlete, Coach
from hampa.coaching.queries.weekly import message_data, weeks_of
from hampa.notifications.models import Notification
from hampa.outbox.jobs import compose_mail
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleDelivery
from hampa.platform.locale import i18n
from hampa.platform.mail.smtp import SmtpGateway
from hampa.training.models.plans import Milestone
from tests.factories.base import made
from tests.factories.coaching import make_athlete, make_coached_plan, make_session
from tests.factories.people import make_person
from tests.races import at_once

TEHRAN = ZoneInfo("Asia/Tehran")
FRIDAY = datetime(2026, 11, 27, 18, 30, tzinfo=TEHRAN)
"""The evening before a Persian week."""
SUNDAY = datetime(2026, 11, 29, 18, 30, tzinfo=TEHRAN)


def told(person, kind="deadline_near"):
    query = select(Notification).where(Notification.person_id == person.id, Notification.type == kind)
    return db.session.scalars(query.order_by(Notification.created_at, Notification.id)).all()


def test_deadlines_are_told_by_the_clock_of_each_and_once(page, program, owner, companion, stranger):
    record = make_athlete(owner, companion)
    plan = make_coached_plan(record, date(2026, 12, 24), name="Spring")
    step = made(Milestone, plan_id=plan.id, name="Half of it", due_on=date(2026, 12, 10))
    far = make_person(timezone="Pacific/Kiritimati")
    make_coached_plan(make_athlete(stranger, far), date(2026, 12, 10))
    made(Milestone, plan_id=plan.id, name="Done", due_on=date(2026, 12, 10), done_at=FRIDAY)
    counts = {}
    for day in range(1, 13):
        for hour in (2, 7, 9, 15, 22):
            with clock.frozen(datetime(2026, 12, day, hour, tzinfo=TEHRAN)):
                remind()
                remind()
        counts[day] = [len(told(one)) for one in (owner, companion, far)]
    assert [counts[day][:2] for day in (2, 3, 6, 7, 8, 9, 10, 11, 12)] == [
        *([0, 0], [1, 1], [1, 1], [2, 2], [2, 2], [3, 3], [3, 3], [4, 4], [4, 4])
    ]
    assert [one.data["days"] for one in told(companion)] == [7, 3, 1, -1]
    assert [one.data["days"] for one in told(far)] == [7, 3, 1, -1]
    assert not told(stranger) or {one.data["days"] for one in told(stranger)} == {7, 3, 1, -1}
    with clock.frozen(datetime(2026, 12, 11, 16, tzinfo=TEHRAN)):
        coach = page.as_(owner)
        assert "Overdue: Half of it of Spring was due" in coach.get("/notifications").words
        # What the athlete takes back is gone from what was told before, at once.
        db.session.scalars(select(Coach).where(Coach.coach_id == owner.id)).one().plans = False
        db.session.commit()
        words = coach.get("/notifications").words
        assert "Half of it" not in words and "Spring" not in words
        assert "Half of it" in page.as_(companion).get("/notifications").words
    # Moved, it is another deadline; of the archive, and without the right, nobody hears.
    step.due_on = date(2026, 12, 20)
    db.session.scalars(select(Athlete).where(Athlete.id == record.id)).one().archived_at = FRIDAY
    db.session.execute(update(Coach).values(plans=True))
    db.session.commit()
    with clock.frozen(datetime(2026, 12, 13, 9, tzinfo=TEHRAN)):
        remind()
    assert [one.data["days"] for one in told(companion)] == [7, 3, 1, -1, 7] and len(told(owner)) == 4

    # On the days that one chose, and on no others.
    form = page.as_(companion).get("/me/deadlines").form("/me/deadlines")
    assert form.values.getlist("days") == ["7", "3", "1", "-1"]
    page.as_(companion).post("/me/deadlines", {"days": "8"}, 422)
    page.as_(companion).post("/me/deadlines", {"days": ["3", "-1"]}, 303)
    assert program.as_(companion).get("/me/deadline-days", 200).data == {"days": [3, -1]}
    chosen = made(Milestone, plan_id=plan.id, name="Chosen", due_on=date(2026, 12, 30))
    db.session.commit()
    for day in range(22, 32):
        with clock.frozen(datetime(2026, 12, day, 9, tzinfo=TEHRAN)):
            remind()
    days = {
        who.id: [one.data["days"] for one in told(who) if one.data["thing"] == str(chosen.id)]
        for who in (owner, companion)
    }
    assert days == {owner.id: [], companion.id: [3, -1]}
    program.as_(companion).put("/me/deadline-days", {"days": []}, 200)
    assert not page.as_(companion).get("/me/deadlines").form("/me/deadlines").values.getlist("days")
    program.as_(companion).put("/me/deadline-days", {"days": [7, 3, 1, -1]}, 200)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_weekly_mail_is_one_that_a_program_for_mail_reads(page, owner, companion, work, db_session, language):
    for person, name in ((owner, "coach"), (companion, "runner")):
        person.email, person.email_verified_at, person.locale = f"{name}@mail.example", clock.now(), language
        person.calendar = "solar" if language == "fa" else "gregorian"
    record = make_athlete(owner, companion, name="Reza <b>")
    plan = make_coached_plan(record, date(2026, 12, 20), name="Block")
    evening = FRIDAY if language == "fa" else SUNDAY
    day = evening.date()
    make_session(plan, day - timedelta(days=1), done_at=evening, done_distance_m=9_000, line="A secret", feeling="bad")
    make_session(plan, day - timedelta(days=2))
    make_session(plan, day + timedelta(days=2), distance_m=14_000)
    make_session(plan, day + timedelta(days=20), distance_m=33_000)
    with clock.frozen(evening - timedelta(hours=6)):
        write_weeks()
        assert not db_session.scalars(select(OutboxMessage)).all()
    with clock.frozen(evening):
        write_weeks()
        write_weeks()
        messages = db_session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "coaching_week")).all()
        assert sorted(one.recipient for one in messages) == ["coach@mail.example", "runner@mail.example"]
        parsed = {one.recipient: parse(one) for one in messages}
        coach, runner = parsed["coach@mail.example"], parsed["runner@mail.example"]
        for mail in (coach, runner):
            assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            text, html = (mail.get_body([kind]).get_content() for kind in ("plain", "html"))
            assert mail.is_multipart() and mail.get_content_type() == "multipart/alternative"
            assert f'dir="{"rtl" if language == "fa" else "ltr"}"' in html and f'lang="{language}"' in html
            assert "secret" not in text and "<b>" not in html
        words = coach.get_body(["plain"]).get_content()
        if language == "en":
            assert "1 session done, missed 1, 1 planned" in words and "Your athletes" in words
            assert "14 km" in runner.get_body(["plain"]).get_content()
        without_links = re.sub(r"https?://\S+", "", runner.get_body(["plain"]).get_content())
        assert not re.search("33|۳۳", without_links), "the session is in three weeks"
        # Written, and taken back before it is sent: nothing of it is in the mail of the coach.
        db.session.scalars(select(Coach)).one().activities = False
        db.session.commit()
        row = weeks_of([owner.id], clock.now())[owner.id].athletes[0]
        assert (row.missed, row.done, row.planned, row.sees_done) == (0, 0, 1, False)
        work()
        (sent,) = db_session.scalars(
            select(ConsoleDelivery.text).where(ConsoleDelivery.recipient == "coach@mail.example")
        )
        assert "missed" not in sent
        # One click stops it, and the next week brings none.
        link = re.search(r"/unsubscribe/[^>]+", runner["List-Unsubscribe"])[0]
        assert page.client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with clock.frozen(evening + timedelta(days=7)):
        write_weeks()
        again = select(func.count()).where(OutboxMessage.recipient == "runner@mail.example")
        assert db_session.scalar(again) == 1


def parse(message):
    """Return a mail as the server gets it, read by the parser of the standard library."""
    gateway = SmtpGateway("mail.example", 25, security="none", sender="Hampa <hello@hampa.example>")
    values = {name: getattr(message, name) for name in ("id", "recipient", "template", "purpose", "expires_at")}
    claimed: Any = SimpleNamespace(**values, secret=None, data=message_data([message])[message.id])
    with i18n.use_locale(message.locale, "Asia/Tehran"):
        content = compose_mail(claimed)
    return message_from_bytes(gateway._compose(content).as_bytes(), policy=policy.default)


@pytest.mark.usefixtures("real_database")
def test_of_two_workers_each_mail_and_reminder_comes_once(app):
    with app.app_context():
        coach = make_person(email="coach@mail.example", email_verified_at=FRIDAY, calendar="solar")
        for number in range(6):
            runner = make_person(email=f"r{number}@mail.example", email_verified_at=FRIDAY, calendar="solar")
            plan = make_coached_plan(make_athlete(coach, runner), date(2026, 11, 30))
            make_session(plan, date(2026, 11, 29))
        db.session.commit()

    deeds = [lambda: weekly.write_weeks(None, 100), lambda: deadlines.remind(None, 100)]
    with clock.frozen(FRIDAY):  # around all of them: the clock is one for all threads
        results = Counter(at_once(app, deeds * 3))
    assert results["done"] == 6
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 7
        rows = db.session.execute(select(Notification.type, func.count()).group_by(Notification.type))
        kinds = {row[0]: row[1] for row in rows}
        assert kinds == {"coaching_week": 7, "deadline_near": 12}
