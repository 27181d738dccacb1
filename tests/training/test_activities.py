"""Writing down what one did, changing it, cutting it off, deleting it, and who sees it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.cards.models import ACCEPTED
from hampa.people.queries import sees
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.actions.activities import create_activity
from hampa.training.models.activities import COMPANIONS, CREW, EVERYONE, LONGEST, ME, Activity
from hampa.training.queries.activities import Filters, activities_of
from tests.factories.cards import make_card, make_interest
from tests.factories.crews import make_crew
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.factories.training import make_activity

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def only_activity() -> Activity:
    return db.session.scalars(select(Activity).execution_options(populate_existing=True)).one()


def test_a_runner_writes_down_changes_cuts_off_and_deletes(page, owner):
    reader = page.as_(owner)
    assert reader.get("/me").all("a", href="/me/training") and not reader.get("/").all("a", href="/me/training")
    form = reader.get("/me/activities/new").form()
    wrong = {"day": "2026-12-02", "at": "06:10", "duration": "quick", "distance_km": "-3", "note": "Along the river"}
    refused = form.fill(**wrong).submit(status=422)
    assert len(refused.all("p", class_="error")) == 2 and refused.form().values["note"] == wrong["note"]
    good = {"duration": "1:02:30", "breaks": "3", "distance_km": "10.5", "climb_m": "120"}
    said = {"effort": "6", "feeling": "good", "visibility": "me"}
    shown = refused.form().fill(**good, **said).submit(status=303).follow()
    assert not (
        missing := [
            text
            for text in ("1:02:30", "10.5", "5:57", "120 m", "Effort 6", "Good", "Along the river")
            if text not in shown.words
        ]
    ), missing
    stored = only_activity()
    assert (stored.started_at, stored.ended_at - stored.started_at) == (
        datetime(2026, 12, 2, 2, 40, tzinfo=UTC),
        timedelta(hours=1, minutes=5, seconds=30),
    )
    assert (stored.day, stored.duration_s, stored.distance_m, stored.breaks_s) == (
        date(2026, 12, 2),
        3_750,
        10_500,
        180,
    )
    home, menu = reader.get("/"), reader.get("/me")
    assert "This week: 1 h 2" in home.text and "Training" in menu.text

    path = f"/activities/{stored.id}"
    edited = reader.get(f"{path}/edit").form(f"{path}/edit")
    edited.fill(kind="trail", effort="", distance_km="9,8").submit(status=303)
    stored = only_activity()
    assert (stored.kind, stored.effort, stored.distance_m, stored.duration_s) == ("trail", None, 9_800, 3_750)
    too_long = reader.get(path).form(f"{path}/trim").fill(duration="2:00:00").submit(status=422)
    assert "wasn't that long" in too_long.words
    too_long.form(f"{path}/trim").fill(duration="50").submit(status=303)
    stored = only_activity()
    assert (stored.duration_s, stored.breaks_s) == (3_000, 180)
    reader.get(path).form(f"{path}/delete").submit(status=303)
    assert db.session.scalar(select(func.count()).select_from(Activity)) == 0
    reader.get(path, 404)


def test_times_that_can_not_be_are_refused_by_the_form_and_by_the_database(page, owner):
    reader = page.as_(owner)
    usual = {"kind": "run", "visibility": "me", "day": "2026-12-02", "at": "06:00", "duration": "30"}
    for wrong, words in (
        ({"day": "2026-12-03"}, "future"),
        ({"duration": "49:00:00"}, "48 hours"),
        ({"duration": "47:00:00", "breaks": "2:00:00"}, "48 hours"),
        ({"duration": "0"}, "How long"),
        ({"at": "00:00", "duration": "47:00:00"}, "That much time hasn"),
        ({"climb_m": "99999"}, "30,000"),
    ):
        answer = reader.get("/me/activities/new").form().fill(**usual | wrong).submit(status=422)
        assert words in answer.text, wrong
    now = clock.now()
    for wrong in (
        {"ended_at": now - timedelta(hours=5), "started_at": now},
        {"ended_at": now + LONGEST + timedelta(seconds=1), "started_at": now},
        {"duration_s": 0},
        {"duration_s": 9_999},
    ):
        with pytest.raises(Exception, match="ck_activities"), db.session.begin_nested():
            make_activity(owner, **{"ended_at": now - timedelta(days=1) + timedelta(hours=1)} | wrong)


def test_a_run_is_written_down_as_training_by_who_came(page, owner, companion):
    run = make_run(owner, title="Lake loop", starts_local=in_days(-1), duration_min=50, distance_km=9)
    take_part(run, companion, "COMPLETED")
    came = page.as_(companion)
    link = next(one for one in came.get(f"/runs/{run.id}").links if "/activities/new" in one)
    form = came.get(link).form()
    assert (form.values["duration"], form.values["distance_km"], form.values["run_id"]) == ("0:50:00", "9", str(run.id))
    shown = form.submit(status=303).follow()
    assert f"/runs/{run.id}" in shown.links and "Lake loop" in shown.words
    page.as_(make_person()).get(link, 404)
    with pytest.raises(Exception, match=r"Choose a run|قراری"):
        create_activity(make_person(), {"run_id": run.id})


def test_an_activity_is_seen_by_whom_its_person_chose(page, owner, companion, stranger, operator):
    make_interest(companion, make_card(owner), ACCEPTED)
    crew_mate = make_person()
    make_crew(owner, crew_mate)
    viewers = {"owner": owner, "companion": companion, "mate": crew_mate, "stranger": stranger, "operator": operator}
    readers = {name: page.as_(viewer) for name, viewer in viewers.items()}
    seen = {
        ME: {"owner"},
        COMPANIONS: {"owner", "companion"},
        CREW: {"owner", "mate"},
        EVERYONE: {"owner", "companion", "mate", "stranger", "operator"},
    }
    hermit = make_person(profile_visibility="companions")
    make_activity(hermit, visibility=CREW)
    assert not sees(stranger, hermit.id)
    make_activity(hermit, visibility=EVERYONE)
    assert sees(stranger, hermit.id) and not sees(None, hermit.id)
    for visibility, who in seen.items():
        path = f"/activities/{make_activity(owner, visibility=visibility, note='By the lake').id}"
        for name, reader in readers.items():
            answer = reader.get(path, 200 if name in who else 404)
            assert ("By the lake" in answer.text) == (name in who), (visibility, name)
            reader.get(f"{path}/edit", 200 if name == "owner" else 403 if name in who else 404)
        page.get(path, 303)
    block(stranger, owner.id)
    db.session.commit()
    readers["stranger"].get(path, 404)
    owner.state = "suspended"
    db.session.commit()
    readers["companion"].get(path, 404)


def test_the_list_pages_by_key_and_filters(page, owner):
    for number in range(65):
        make_activity(owner, timedelta(hours=7 * number), kind="ride" if number % 5 == 0 else "run")
    make_activity(make_person())
    first = activities_of(owner)
    second = activities_of(owner, after=first.next)
    third = activities_of(owner, after=second.next)
    rows = [*first.items, *second.items, *third.items]
    assert [len(one.items) for one in (first, second, third)] == [30, 30, 5] and third.next is None
    assert len({row.id for row in rows}) == 65 and rows == sorted(rows, key=lambda row: row.started_at, reverse=True)
    assert len(activities_of(owner, Filters(kind="ride")).items) == 13
    day = date(2026, 12, 1)
    on_a_day = activities_of(owner, Filters(since=day, until=day)).items
    assert {row.started_at.date() for row in on_a_day} <= {date(2026, 11, 30), day} and 3 <= len(on_a_day) <= 4
    reader = page.as_(owner)
    shown = reader.get("/me/activities?kind=ride&from=2026-11-25")
    assert shown.all("li", class_="activity") and "Run" not in {
        one.text for one in shown.all("a", class_="activity-what")
    }
    assert "No activities match" in reader.get("/me/activities?kind=swim").text
    more = reader.get(reader.get("/me/activities").one("a", rel="next").get("href"))
    assert len(more.all("li", class_="activity")) == 30
