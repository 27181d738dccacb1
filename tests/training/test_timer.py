"""The timer: from one device to another, without network, forgotten, and many starts at one instant."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.actions import timers as actions
from hampa.training.actions.watching import ask_about_timers, stop_forgotten_timers
from hampa.training.models.activities import Activity
from hampa.training.models.timers import Timer
from tests.factories.people import make_person
from tests.factories.training import make_timer
from tests.races import at_once

MORNING = datetime(2026, 12, 2, 3, tzinfo=UTC)


def at(minutes: float):
    """Stop the clock so long after the morning."""
    return clock.frozen(MORNING + timedelta(minutes=minutes))


def timers() -> list[Timer]:
    return list(db.session.scalars(select(Timer).execution_options(populate_existing=True)))


def activities() -> list[Activity]:
    query = select(Activity).order_by(Activity.started_at).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def send_later(page, path: str, name: str, ago: int, status: int, **fields: str) -> None:
    """Send what a device kept without network."""
    headers = {"Hampa-Once": name, "Hampa-Ago": str(ago)}
    answer = page.client.post(path, data={**fields, "csrf_token": page.token()}, headers=headers)
    assert answer.status_code == status


def test_a_timer_is_started_on_one_device_and_stopped_on_another(page, owner):
    phone, laptop = page.as_(owner), page.as_(owner)
    with at(0):
        phone.get("/me/training").form("/me/timer").fill(kind="trail").submit(status=303)
    with at(20):
        shown = laptop.get("/me/training")
        assert "20:00" in shown.words and "Trail run" in shown.words
        assert shown.one(id="timer").get("data-live") == "me timer"
        shown.form("/me/timer/pause").submit(status=303)
    with at(25):
        fragment = phone.htmx.get("/me/timer", whole=phone.get("/me/training"))
        assert "20:00" in fragment.words and "It's paused" in fragment.words
        again = phone.post("/me/timer", {"kind": "run"}, 303).follow()
        assert "runs already" in again.words and len(timers()) == 1
        phone.post("/me/timer/pause", {}, 303)  # it stands still already
        phone.get("/").form("/me/timer/resume").submit(status=303)
    with at(45):
        answer = phone.get("/me/training").form("/me/timer/stop").submit(status=303).follow()
        assert "How was it?" in answer.words and answer.form().values["duration"] == "0:40:00"
        answer.form().fill(distance_km="7", effort="4").submit(status=303)
        (activity,) = activities()
        assert (activity.kind, activity.started_at, activity.ended_at) == ("trail", MORNING, clock.now())
        assert (activity.duration_s, activity.breaks_s, activity.distance_m) == (2_400, 300, 7_000)
        assert not timers()
        gone = laptop.post("/me/timer/stop", {}, 303).follow()
        assert "No timer is running" in gone.words and len(activities()) == 1
        laptop.get("/me/training").form("/me/timer").submit(status=303)
        laptop.get("/me/training").form("/me/timer/drop").submit(status=303)
        assert not timers() and len(activities()) == 1


def test_taps_without_network_count_from_when_they_were_tapped_and_once(page, owner):
    reader = page.as_(owner)
    with at(60):
        for _again in range(2):
            send_later(reader, "/me/timer", "a", 3_600, 204, kind="walk")
        send_later(reader, "/me/timer/pause", "b", 1_800, 204)
        send_later(reader, "/me/timer/resume", "c", 1_500, 204)
        (timer,) = timers()
        assert (timer.kind, timer.started_at, timer.paused_s) == ("walk", MORNING, 300)
        for _again in range(2):
            send_later(reader, "/me/timer/stop", "d", 600, 204)
        (activity,) = activities()
        assert (activity.ended_at, activity.duration_s) == (MORNING + timedelta(minutes=50), 2_700)
        # What was tapped before this timer began was about another one.
        reader.post("/me/timer", {"kind": "run"}, 303)
        send_later(reader, "/me/timer/stop", "e", 60, 422)
        assert len(timers()) == len(activities()) == 1
        # Only a device that sends what it kept says when that was.
        reader.post("/me/timer/stop", {}, 303, headers={"Hampa-Ago": "3000"})
        assert activities()[-1].ended_at - clock.now() == timedelta(seconds=1)


def test_a_forgotten_timer_is_asked_about_then_stopped_and_cut_off(page, owner):
    rested = make_person()
    with at(0):
        make_timer(owner, timedelta())
        make_timer(rested, timedelta(), paused_at=MORNING, paused_s=0)
    with at(60 * 5 - 1):
        assert ask_about_timers() == 0
    with at(60 * 5):
        assert (ask_about_timers(), ask_about_timers()) == (1, 0)
        db.session.commit()
        told = page.as_(owner).get("/notifications")
        assert "Still on your way?" in told.words
        shown = page.as_(owner).get("/me/training")
        assert shown.form("/me/timer/stop").choices("after")[:2] == ["", "15"]
        future = shown.form("/me/timer/stop")
        future.values["after"] = "240"
    with at(60 * 3):
        assert "has not come yet" in page.as_(owner).post("/me/timer/stop", {"after": "240"}, 303).follow().words
    with at(60 * 24):
        assert stop_forgotten_timers() == 2 and stop_forgotten_timers() == 0
        db.session.commit()
        first, second = sorted(activities(), key=lambda one: one.person_id != owner.id)
        assert first.duration_s == 24 * 3_600 and second.duration_s == 1
        told = page.as_(owner).get("/notifications")
        assert "had run for a day" in told.words
        trimmed = page.as_(owner).get(f"/activities/{first.id}").form(f"/activities/{first.id}/trim")
        trimmed.fill(duration="1:10:00").submit(status=303)
        assert activities()[0].duration_s == 4_200 or activities()[1].duration_s == 4_200
        kinds = db.session.scalars(select(Notification.type).where(Notification.person_id == owner.id)).all()
        assert kinds == ["timer_forgotten"] * 2


@pytest.mark.usefixtures("real_database")
def test_of_many_starts_and_stops_at_one_instant_one_counts(app):
    with app.app_context():
        person_id = make_person().id
        db.session.commit()

    def act(function, *args):
        return lambda: function(db.session.get_one(Person, person_id), *args)

    assert Counter(at_once(app, [act(actions.start_timer, "run")] * 12)) == {"done": 1, "TimerRuns": 11}
    assert Counter(at_once(app, [act(actions.stop_timer)] * 12)) == {"done": 1, "NoTimer": 11}
    with app.app_context():
        assert len(activities()) == 1 and not timers()
