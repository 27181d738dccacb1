"""Before a change of time or place is saved, the organiser reads what changes and how many people are told."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, make_run, take_part
from tests.factories.series import make_series
from tests.html import words
from tests.plans.saving import save


@pytest.fixture
def run(owner):
    run = make_run(owner, title="Dawn loop", place="North gate", latitude=35.74, longitude=51.2)
    for status in ("GOING", "WAITLISTED", "INTERESTED", "LEFT"):
        take_part(run, status=status)
    return run


def edit(page, run, person):
    return page.as_(person).get(f"/runs/{run.id}/edit", 200).form(f"/runs/{run.id}/edit")


def changes(answer):
    """Return the changes that are to be confirmed: the words before and after by field."""
    rows = [row for row in answer.one(id="confirm").iter("div") if row.find("dt") is not None]
    return {words(row.find("dt")): words(row.find("dd")) for row in rows}


def saved(run):
    db.session.expire_all()
    return db.session.get_one(Run, run.id)


@pytest.mark.parametrize(
    ("fields", "before", "after"),
    [
        ({"starts_at": "07:15"}, "6:00", "7:15"),
        ({"place": "South gate", "latitude": "35.71"}, "North gate", "South gate"),
        ({"meet_minutes_before": "10"}, "0", "10"),
        ({"latitude": "35.75"}, "", "1.1 km from where it was"),
    ],
)
def test_time_and_place_are_asked_about_in_words_and_then_saved(
    page, owner, run, fields, before, after, told, work_off
):
    asked = edit(page, run, owner).fill(**fields).submit(status=422)
    row = next(iter(changes(asked).values()))
    assert before in row
    assert after in row
    assert "We'll tell 3 people about this" in asked.words
    assert saved(run).sequence == 0
    asked.form(f"/runs/{run.id}/edit").submit("Save and tell them", status=303)
    assert saved(run).sequence == 1


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("htmx", [True, False])
def test_the_question_is_asked_in_both_languages_and_with_htmx_in_place(page, owner, run, language, htmx):
    browser = page.as_(owner).speaking(language)
    form = dict(browser.get(f"/runs/{run.id}/edit", 200).form(f"/runs/{run.id}/edit").values)
    asked = (browser.htmx if htmx else browser).post(
        f"/runs/{run.id}/edit", form | {"place": "South gate", "latitude": "35.71"}, 422
    )
    assert asked.one(id="confirm") is not None
    assert asked.form(f"/runs/{run.id}/edit").values["place"] == "South gate"


def test_small_changes_are_saved_at_once(page, owner, run):
    edit(page, run, owner).fill(title="Dusk loop", distance_km="12").submit(status=303)
    assert saved(run).title == "Dusk loop"


def test_small_changes_stand_in_the_question_unless_they_are_quiet(page, owner, run):
    form = edit(page, run, owner).fill(title="Dusk loop", starts_at="07:15")
    assert set(changes(form.submit(status=422))) == {"Title", "Start"}
    form = edit(page, run, owner).fill(title="Dusk loop", starts_at="07:15", quietly="1")
    assert set(changes(form.submit(status=422))) == {"Start"}


def test_where_nobody_takes_part_nothing_is_asked(page, owner):
    run = make_run(owner)
    edit(page, run, owner).fill(starts_at="07:15").submit(status=303)
    assert saved(run).sequence == 1


def test_what_is_changed_after_the_question_is_asked_about_again(page, owner, run):
    asked = edit(page, run, owner).fill(starts_at="07:15").submit(status=422)
    again = asked.form(f"/runs/{run.id}/edit").fill(starts_at="08:00").submit("Save and tell them", status=422)
    assert "8:00" in changes(again)["Start"]
    assert saved(run).sequence == 0


def test_who_saw_another_version_sees_both_before_anything_is_asked(page, owner, run):
    form = edit(page, run, owner).fill(starts_at="07:15")
    edit(page, run, owner).fill(title="Dusk loop").submit(status=303)
    both = form.submit(status=409)
    assert not both.all(id="confirm")
    both.form(f"/runs/{run.id}/edit").submit(status=303)


def test_a_client_without_the_field_saves_at_once(page, owner, run):
    page.as_(owner).post(f"/runs/{run.id}/edit", SHORT_FORM | {"sequence": "0"}, 303)
    assert saved(run).sequence == 1


def test_several_runs_of_a_series_are_asked_about_though_nobody_is_in_this_one(page, owner, work_off):
    series = make_series(owner)
    work_off()
    run = db.session.scalars(select(Run).where(Run.series_id == series.id).order_by(Run.starts_at)).first()
    form = edit(page, run, owner).fill(place="South gate", scope="later")
    asked = form.submit(status=422)
    assert "We'll tell everybody taking part about this" in asked.words
    asked.form(f"/runs/{run.id}/edit").submit("Save and tell them", status=303)
    assert saved(run).place == "South gate"


def test_organisers_read_whom_a_new_time_has_reached_and_nobody_else_does(page, owner, stranger, work_off):
    run = make_run(owner)
    reads, gets, misses, waits, leaves = (
        take_part(run, make_person(name=name)) for name in ["Ava", "Babak", "Dina", "Elham", "Omid"]
    )

    def told(person=owner):
        parts = page.as_(person).get(f"/runs/{run.id}", 200).all(id="told")
        return words(parts[0]) if parts else ""

    def set_message(person, **values):
        db.session.execute(update(OutboxMessage).where(OutboxMessage.person_id == person.id).values(**values))

    save(edit(page, run, owner), title="Another name")
    work_off()
    assert told() == "", "a new title alone is no reason to worry"
    save(edit(page, run, owner), starts_at="07:15")
    work_off()
    assert "5 people were told what is new: time." in told()
    assert "5 messages are still to go out." in told()
    page.as_(leaves).post(f"/runs/{run.id}/leave", {}, 303)
    set_message(reads, status="failed")
    db.session.execute(update(Notification).where(Notification.person_id == reads.id).values(read_at=clock.now()))
    set_message(gets, status="sent", sent_at=clock.now())
    set_message(misses, status="sent", sent_at=clock.now(), receipt="undelivered")
    assert "4 people were told" in told()
    assert "1 hasn't been reached yet: no message arrived, and they haven't read it here. Dina" in told()
    assert "1 message is still to go out." in told()
    set_message(waits, status="expired")
    assert "2 haven't been reached yet" in told()
    assert "Dina, Elham" in told()
    set_message(waits, status="sent", sent_at=clock.now())
    set_message(misses, receipt="delivered")
    assert told().endswith("It has reached everybody.")
    for person in (gets, stranger, None):
        assert told(person) == ""
    save(edit(page, run, owner), title="A third name")
    work_off()
    assert "were told what is new: time." in told(), "what came after it is no matter"
