"""Changing and cancelling: what is refused, who sees both versions, and who hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import render_template
from sqlalchemy import func, select

from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.plans.jobs import notify_cancelled, notify_changed
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.runs.models.run import Run
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, make_run, solar, take_part
from tests.html import words
from tests.plans.saving import save


def the_run():
    db.session.expire_all()
    return db.session.scalars(select(Run)).one()


def edit_form(page, run, person):
    return page.as_(person).get(f"/runs/{run.id}/edit", 200).form()


def test_the_edit_form_is_filled_in_and_saving_it_as_it_is_changes_nothing(page, owner, told, work_off):
    run = make_run(owner, capacity=5, distance_km=14.5, description="We wait.", latitude=35.74, longitude=51.2)
    comes = take_part(run)
    form = edit_form(page, run, owner)
    day = run.starts_local.date()
    assert (form.values["starts_on"], form.values["starts_at"]) == (day.isoformat(), "06:00")
    assert (form.values["capacity"], form.values["distance_km"], form.values["timezone"]) == (
        "5",
        "14.5",
        "Asia/Tehran",
    )
    form.submit(status=303)
    work_off()
    assert the_run().sequence == 0
    assert told(comes) == []


def test_the_edit_form_speaks_the_calendar_of_the_organiser(page):
    sara = make_person(locale="fa", calendar="solar")
    run = make_run(sara)
    values = edit_form(page, run, sara).values
    year, month, day = solar(run.starts_local.date()).split("/")
    assert values["starts_on"] == "/".join((year, month.rjust(2, "۰"), day.rjust(2, "۰")))
    assert values["starts_at"] == "۰۶:۰۰"


@pytest.fixture
def full_run(owner):
    """Return a full run of Sara's, and a person of each status, by status."""
    run = make_run(owner, capacity=2)
    take_part(run)
    return run, {status: take_part(run, status=status) for status in ("GOING", "WAITLISTED", "INTERESTED", "LEFT")}


@pytest.mark.parametrize(
    ("changed", "by_sms"),
    [
        ({"starts_at": "07:15"}, True),
        ({"place": "South gate"}, True),
        ({"latitude": "35.8", "longitude": "51.3"}, True),
        ({"title": "Another loop"}, False),
        ({"duration_min": "90", "level": "regular"}, False),
    ],
)
def test_those_concerned_hear_what_changed(page, owner, full_run, told, texted, work_off, changed, by_sms):
    run, people = full_run
    save(edit_form(page, run, owner), **changed)
    assert told(people["GOING"]) == [], "telling everybody is the worker's"
    work_off()
    assert the_run().sequence == 1
    in_app = {status: told(person) for status, person in people.items()}
    assert in_app == {
        "GOING": ["run_changed"],
        "WAITLISTED": ["run_changed"],
        "INTERESTED": ["run_changed"],
        "LEFT": [],
    }
    by = {status: texted(person) for status, person in people.items()}
    expected = ["run_changed"] if by_sms else []
    assert by == {"GOING": expected, "WAITLISTED": expected, "INTERESTED": [], "LEFT": []}
    assert told(owner) == []
    data = db.session.scalars(select(Notification.data)).first()
    assert set(changed) - {"starts_at"} <= set(data["changes"])


def test_the_job_that_tells_is_safe_to_run_twice(page, owner, full_run, told, texted, work_off):
    run, people = full_run
    save(edit_form(page, run, owner), place="South gate")
    work_off()
    notify_changed(run.id, 1, ["place"])
    assert (told(people["GOING"]), texted(people["GOING"])) == (["run_changed"], ["run_changed"])


def test_a_change_of_a_run_that_is_cancelled_by_now_is_not_told(page, owner, full_run, told, work_off):
    run, people = full_run
    save(edit_form(page, run, owner), place="South gate")
    page.as_(owner).post(f"/runs/{run.id}/cancel", {"reason": "Snow"}, 303)
    work_off()
    assert told(people["GOING"]) == ["run_cancelled"]


def test_a_run_that_moved_is_found_and_shown_where_it_is_now(page, owner, stranger):
    run = make_run(owner, title="Old words")
    edit_form(page, run, owner).fill(title="Fresh words", starts_at="21:45").submit(status=303)
    browser = page.as_(stranger)
    assert "Fresh words" in browser.get("/runs?q=fresh").words
    assert "Fresh words" not in browser.get("/runs?q=old").words
    assert "21:45" in browser.get(f"/runs/{run.id}").words


def test_fewer_places_than_are_taken_are_refused_with_the_number(page, owner):
    run = make_run(owner, capacity=5)
    for _ in range(4):
        take_part(run)
    answer = edit_form(page, run, owner).fill(capacity="3").submit(status=422)
    assert "4 people have a place already" in answer.error_of("capacity")
    assert answer.form().values["capacity"] == "3"
    edit_form(page, run, owner).fill(capacity="4").submit(status=303)
    assert the_run().capacity == 4


def test_a_place_whose_offer_is_over_is_not_taken_whenever_the_worker_looks(page, owner):
    run = make_run(owner, capacity=5)
    take_part(run, status="OFFERED")
    for _ in range(2):
        take_part(run)
    assert "3 people" in edit_form(page, run, owner).fill(capacity="2").submit(status=422).error_of("capacity")
    with clock.shifted(timedelta(hours=2)):
        edit_form(page, run, owner).fill(capacity="2").submit(status=303)
    assert (the_run().capacity, the_run().taken, the_run().interested) == (2, 2, 1)


@pytest.mark.parametrize(("capacity", "moved"), [("3", 1), ("4", 2), ("", 3)])
def test_more_places_move_the_next_in_line_up_and_they_hear_of_it(page, owner, states, texted, capacity, moved):
    run = make_run(owner, capacity=2)
    for _ in range(2):
        take_part(run)
    waiting = [take_part(run, status="WAITLISTED") for _ in range(3)]
    edit_form(page, run, owner).fill(capacity=capacity).submit(status=303)
    assert [states(run)[person.id] for person in waiting] == ["GOING"] * moved + ["WAITLISTED"] * (3 - moved)
    assert [texted(person) for person in waiting] == [["run_promoted"]] * moved + [[]] * (3 - moved)
    run = the_run()
    assert (run.taken, run.waiting) == (2 + moved, 3 - moved)


def test_of_two_who_save_at_once_the_later_sees_both_versions(page, owner, told, work_off):
    run = make_run(owner, place="North gate", capacity=5)
    comes = take_part(run)
    first, second = edit_form(page, run, owner), edit_form(page, run, owner)
    save(first, place="South gate", capacity="7")
    answer = second.fill(place="East gate").submit(status=409)
    rows = {words(row[0]): (words(row[1]), words(row[2])) for row in answer.one("tbody")}
    assert rows == {"Meeting point": ("South gate", "East gate"), "Places": ("7", "5")}
    assert answer.form().values["place"] == "East gate"
    assert the_run().place == "South gate"
    answer.form().submit(status=303)
    work_off()
    run = the_run()
    assert (run.place, run.capacity, run.sequence) == ("East gate", 5, 2)
    assert told(comes) == ["run_changed", "run_changed"]


@pytest.mark.parametrize("sequence", ["", "7", "-1", "one", "9" * 40, "²"])
def test_a_form_that_does_not_say_which_version_it_saw_is_a_lost_race(page, owner, sequence):
    run = make_run(owner)
    page.as_(owner).post(f"/runs/{run.id}/edit", SHORT_FORM | {"sequence": sequence}, 409)
    assert the_run().title == run.title


def test_somebody_joining_meanwhile_does_not_stop_the_organiser(page, owner, stranger):
    run = make_run(owner)
    form = edit_form(page, run, owner)
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    form.fill(title="Another loop").submit(status=303)
    assert the_run().title == "Another loop"


@pytest.mark.parametrize("path", ["edit", "cancel"])
@pytest.mark.parametrize(
    ("minutes", "cancelled", "said"),
    [(-60, True, "This run is cancelled."), (1, False, "This run has begun."), (600, False, "This run is over.")],
)
def test_a_closed_run_is_not_changed_any_more(page, owner, path, minutes, cancelled, said):
    run = make_run(owner)
    run.cancelled_at = clock.now() if cancelled else None
    browser = page.as_(owner)
    with clock.frozen(run.starts_at + timedelta(minutes=minutes)):
        assert said in browser.get(f"/runs/{run.id}/{path}", 303).follow().words
        if path == "edit":
            answer = browser.post(f"/runs/{run.id}/edit", SHORT_FORM | {"sequence": "0"}, 422)
            assert said in answer.words
        elif not cancelled:
            assert said in browser.post(f"/runs/{run.id}/cancel", {}, 422).words
    assert the_run().sequence == 0


@pytest.mark.parametrize("path", ["edit", "cancel"])
def test_others_may_see_but_not_change(page, owner, stranger, operator, path):
    run = make_run(owner, visibility="link")
    for person in (stranger, operator):
        page.as_(person).get(f"/runs/{run.id}/{path}", 403)
        page.as_(person).post(f"/runs/{run.id}/{path}", SHORT_FORM | {"sequence": "0"}, 403)
    assert (the_run().cancelled_at, the_run().sequence) == (None, 0)


def test_cancelling_asks_first_and_says_how_many_are_told(page, owner, full_run):
    run, _people = full_run
    take_part(run, owner, "INTERESTED")
    asked = page.as_(owner).get(f"/runs/{run.id}/cancel", 200)
    assert "4 people will be told." in asked.words
    assert "SMS" in asked.words
    assert the_run().cancelled_at is None
    empty = make_run(owner)
    assert "Nobody has joined yet" in page.as_(owner).get(f"/runs/{empty.id}/cancel", 200).words


def test_all_who_take_part_hear_that_it_is_cancelled_and_the_page_stays(page, owner, full_run, told, texted, work_off):
    run, people = full_run
    form = page.as_(owner).get(f"/runs/{run.id}/cancel").form()
    form.fill(reason="Ice on the road").submit(status=303)
    work_off()
    in_app = {status: told(person) for status, person in people.items()}
    every = ["run_cancelled"]
    assert in_app == {"GOING": every, "WAITLISTED": every, "INTERESTED": every, "LEFT": []}
    by_sms = {status: texted(person) for status, person in people.items()}
    assert by_sms == {"GOING": every, "WAITLISTED": every, "INTERESTED": [], "LEFT": []}
    assert "Ice on the road" in page.get(f"/runs/{run.id}", 200).words
    assert run.title not in page.get("/runs").words
    assert the_run().sequence == 1


def test_cancelling_twice_is_cancelling_once(page, owner, full_run, told, work_off):
    run, people = full_run
    for reason in ("Ice", "Storm"):
        page.as_(owner).post(f"/runs/{run.id}/cancel", {"reason": reason}, 303)
    work_off()
    assert (the_run().cancel_reason, the_run().sequence) == ("Ice", 1)
    assert told(people["GOING"]) == ["run_cancelled"]


def test_a_reason_too_long_is_refused_and_kept(page, owner):
    run = make_run(owner)
    answer = page.as_(owner).post(f"/runs/{run.id}/cancel", {"reason": "x" * 301}, 422)
    assert answer.error_of("reason")
    assert answer.form().values["reason"] == "x" * 301
    assert the_run().cancelled_at is None


def test_telling_a_thousand_takes_as_many_statements_as_telling_one(page, owner, statements, db_session):
    cost = {}
    for people in (1, 60):
        run = make_run(owner)
        for _ in range(people):
            take_part(run)
        db_session.commit()
        with statements() as seen:
            notify_cancelled(run.id)
        cost[people] = len(seen)
        told = select(func.count()).where(Notification.subject_id == run.id)
        assert db_session.scalar(told) == people
    assert cost[60] == cost[1]
    assert db_session.scalar(select(func.count()).select_from(OutboxMessage)) == 61


def test_a_job_for_a_run_that_is_gone_ends_quietly(db_session):
    notify_cancelled(ids.new_id())
    notify_changed(ids.new_id(), 1, ["place"])
    assert db_session.scalar(select(func.count()).select_from(Notification)) == 0


def test_the_sms_says_what_changed(app):
    data = {
        "title": "Dawn loop",
        "place": "South gate",
        "starts_at": "2026-12-04T03:30:00+00:00",
        "timezone": "Asia/Tehran",
        "code": "abcd",
        "changes": ["title", "starts_local", "place"],
    }
    with app.test_request_context(), i18n.use_locale("en", "Asia/Tehran"):
        text = render_template("plans/notices/run_changed.txt", data=data, to="+989123456789")
    assert "Dawn loop has changed: time, meeting point. Now" in " ".join(text.split())
