"""What search engines and calendars read off a run's page: a schema.org SportsEvent, whole and valid."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.platform import clock
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.microdata import items
from tests.plans.saving import save

SCHEMA = "https://schema.org/"
ALWAYS = {
    "name", "url", "image", "description", "startDate", "endDate", "eventStatus", "eventAttendanceMode", "location",
    "organizer", "sport", "isAccessibleForFree",
}  # fmt: skip


def event_on(answer):
    [event] = items(answer.document.root)
    assert event.type == f"{SCHEMA}SportsEvent"
    return event


def test_a_run_says_all_of_itself(page, owner):
    run = make_run(
        owner, title="Dawn <loop>", place="North gate", latitude=35.74, longitude=51.2, capacity=5,
        duration_min=90, description="We *wait*.",
    )  # fmt: skip
    take_part(run)
    event = event_on(page.get(f"/runs/{run.id}", 200))
    assert set(event.properties) == ALWAYS | {"maximumAttendeeCapacity", "remainingAttendeeCapacity"}
    assert event["name"] == "Dawn <loop>"
    assert event["startDate"] == run.starts_local.isoformat() + "+03:30"
    assert event["endDate"] == (run.starts_local + timedelta(minutes=90)).isoformat() + "+03:30"
    assert event["eventStatus"] == f"{SCHEMA}EventScheduled"
    assert event["eventAttendanceMode"] == f"{SCHEMA}OfflineEventAttendanceMode"
    assert (event["maximumAttendeeCapacity"], event["remainingAttendeeCapacity"]) == ("5", "4")
    assert event["description"] == "We wait."
    assert event["url"].endswith(f"/runs/{run.id}")
    assert f"/runs/{run.id}" in event["image"]
    place, organiser = event["location"], event["organizer"]
    assert (place.type, place["name"], place["address"]) == (f"{SCHEMA}Place", "North gate", "North gate")
    assert (place["geo"].type, place["geo"]["latitude"], place["geo"]["longitude"]) == (
        f"{SCHEMA}GeoCoordinates", "35.74", "51.2",
    )  # fmt: skip
    assert (organiser.type, organiser.properties) == (f"{SCHEMA}Person", {"name": [owner.name]})


@pytest.mark.parametrize("zone", ["Asia/Tehran", "Europe/Berlin", "UTC"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_one_with_nothing_but_what_it_must_have_is_whole_too(page, zone, language):
    run = make_run(make_person(), timezone=zone)
    event = event_on(page.speaking(language).get(f"/runs/{run.id}", 200))
    assert set(event.properties) == ALWAYS
    assert event["startDate"] == run.starts_at.astimezone(run.zone).isoformat()
    assert run.place in event["description"]
    assert "geo" not in event["location"].properties


def test_a_moved_run_says_when_it_would_have_been_and_a_cancelled_one_that_it_is(page, owner):
    run = make_run(owner)
    before = run.starts_local.isoformat() + "+03:30"
    save(page.as_(owner).get(f"/runs/{run.id}/edit").form(), place="South gate")
    assert event_on(page.get(f"/runs/{run.id}"))["eventStatus"] == f"{SCHEMA}EventScheduled"
    save(page.as_(owner).get(f"/runs/{run.id}/edit").form(), starts_at="07:45")
    moved = event_on(page.get(f"/runs/{run.id}"))
    assert moved["eventStatus"] == f"{SCHEMA}EventRescheduled"
    assert moved["previousStartDate"] == before
    assert "T07:45:00+03:30" in moved["startDate"]
    page.as_(owner).post(f"/runs/{run.id}/cancel", {}, 303)
    assert event_on(page.get(f"/runs/{run.id}"))["eventStatus"] == f"{SCHEMA}EventCancelled"


@pytest.mark.parametrize(
    "given", [{"starts_local": in_days(-3)}, {"cancelled_at": clock.now()}, {"visibility": "link"}]
)
def test_past_cancelled_and_hidden_runs_stay_valid(page, stranger, given):
    run = make_run(**given)
    take_part(run, stranger)
    assert set(event_on(page.as_(stranger).get(f"/runs/{run.id}")).properties) >= ALWAYS
