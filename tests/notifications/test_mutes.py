"""Muting a run or a series: push, SMS and mail about it stop, the app does not."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import Mute, Notification
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.runs.models.run import Run
from tests.factories.crews import make_crew
from tests.factories.notifications import DATA
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.series import make_series


@pytest.fixture
def run(owner, stranger):
    run = make_run(owner, title="Around the lake")
    take_part(run, stranger)
    return run


def tell(person, run, kind="run_changed", *, starts_in=timedelta(days=3), **more):
    data = {**DATA[kind], "starts_at": (clock.now() + starts_in).isoformat(), **more}
    notify([person.id], kind, subject_id=run.id, data=data, event=uuid.uuid4())


def texted(session, person):
    return session.scalars(select(OutboxMessage.purpose).where(OutboxMessage.person_id == person.id)).all()


def test_a_run_is_muted_from_its_page_and_unmuted_from_the_settings(page, run, stranger, db_session):
    reader = page.as_(stranger)
    path = f"/mutes/run/{run.id}"
    assert path in reader.get(f"/runs/{run.id}", 200).links
    done = reader.get(path, 200).form(path).submit(status=303)
    assert done.location == f"/runs/{run.id}"
    assert "Unmute" in reader.get(path, 200).words
    tell(stranger, run)
    assert texted(db_session, stranger) == []
    assert db_session.scalars(select(Notification.type)).all() == ["run_changed"], "the app stays"
    seen = reader.get("/me/settings/notifications", 200)
    assert "Around the lake" in seen.words
    seen.form(f"{path}/delete").submit(status=303)
    tell(stranger, run)
    assert texted(db_session, stranger) == ["run_changed"]
    assert f"{path}/delete" not in [form.action for form in reader.get("/me/settings/notifications").forms]


def test_twice_is_once_and_others_hear_of_it_as_before(page, run, stranger, companion, db_session):
    reader = page.as_(stranger)
    for _ in range(2):
        reader.post(f"/mutes/run/{run.id}", status=303)
    assert len(db_session.scalars(select(Mute)).all()) == 1
    tell(companion, run)
    assert texted(db_session, companion) == ["run_changed"]


@pytest.mark.parametrize(
    ("kind", "hours", "more", "comes"),
    [
        ("run_cancelled", 11, {}, True),
        ("run_cancelled", 13, {}, False),
        ("run_changed", 11, {"changes": ["starts_local"]}, True),
        ("run_changed", 11, {"changes": ["place"]}, False),
        ("run_changed", 13, {"changes": ["starts_local"]}, False),
        ("run_offered", 30, {}, True),
    ],
)
def test_a_cancellation_or_another_time_soon_comes_all_the_same(
    page, run, stranger, db_session, kind, hours, more, comes
):
    page.as_(stranger).post(f"/mutes/run/{run.id}", status=303)
    tell(stranger, run, kind, starts_in=timedelta(hours=hours), **more)
    assert texted(db_session, stranger) == [kind] * comes


def test_a_muted_series_mutes_its_runs(page, owner, stranger, db_session):
    series = make_series(owner)
    run = db_session.scalars(select(Run).where(Run.series_id == series.id).limit(1)).one()
    other = make_run(owner)
    reader = page.as_(stranger)
    assert f"/mutes/series/{series.id}" in reader.get(f"/series/{series.id}", 200).links
    reader.get(f"/mutes/series/{series.id}", 200).form(f"/mutes/series/{series.id}").submit(status=303)
    tell(stranger, run)
    assert texted(db_session, stranger) == []
    tell(stranger, other)
    assert texted(db_session, stranger) == ["run_changed"]


def test_a_crew_that_one_hears_less_of_is_in_the_list_until_one_hears_of_it_again(page, owner, stranger, companion):
    crew = make_crew(owner, stranger, name="Lake crew")
    reader, settings = page.as_(stranger), "/me/settings/notifications"
    assert "Lake crew" not in reader.get(settings, 200).words
    hearing = f"/crews/{crew.id}/hearing"
    reader.get(f"/crews/{crew.id}", 200).form(hearing).submit(status=303)
    listed = reader.get(settings, 200)
    assert "Lake crew" in listed.words
    assert "Lake crew" not in page.as_(companion).get(settings, 200).words
    listed.form(hearing).submit(status=303)
    assert "Lake crew" not in reader.get(settings, 200).words
    reader.post(hearing, {"wanted": "0"}, status=303)
    reader.post(f"/crews/{crew.id}/leave", status=303)
    assert "Lake crew" not in reader.get(settings, 200).words, "whoever left hears nothing anyway"


def test_what_one_may_not_see_can_not_be_muted_and_its_name_is_gone(page, run, owner, companion, stranger):
    page.as_(stranger).get(f"/mutes/run/{uuid.uuid4()}", 404)
    page.as_(stranger).post(f"/mutes/crew/{run.id}", status=404)
    outsider = make_person()
    page.as_(outsider).post(f"/mutes/run/{run.id}", status=303)
    page.as_(outsider).post(f"/people/{owner.id}/block", status=303)
    page.as_(outsider).get(f"/mutes/run/{run.id}", 404)
    seen = page.as_(outsider).get("/me/settings/notifications", 200)
    assert "Around the lake" not in seen.words
    assert "Something that is gone" in seen.words
    seen.form(f"/mutes/run/{run.id}/delete").submit(status=303)


def test_a_visitor_is_not_offered_it(page, run):
    assert not [link for link in page.get(f"/runs/{run.id}", 200).links if "/mutes/" in link]
    assert page.get(f"/mutes/run/{run.id}", 303).location.startswith("/login")
