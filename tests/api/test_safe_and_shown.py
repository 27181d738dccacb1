"""Photos of runs, watches over runners and the calendar feed, for programs."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from hampa.platform import clock
from tests.factories.files import sent
from tests.factories.runs import in_days, make_run, take_part


def picture(colour: tuple[int, int, int]) -> bytes:
    """Return a small JPEG of one colour."""
    out = BytesIO()
    Image.new("RGB", (600, 400), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def over(owner, companion):
    """Return a run of yesterday to which the companion went."""
    run = make_run(owner, starts_local=in_days(-1))
    take_part(run, companion)
    return f"/runs/{run.id}/photos"


def test_a_photo_is_added_shown_and_deleted(program, owner, companion, stranger, over, work):
    theirs, mine = program.as_(companion), program.as_(owner)
    added = theirs.ask("POST", over, 201, data={"photos": sent(picture((200, 120, 40)))}).data
    assert (added["state"], added["is_removable"]) == ("waiting", True)
    assert mine.get(over, 200).data == []
    work()
    [photo] = mine.get(over, 200).data
    assert (photo["state"], photo["by"], photo["is_removable"]) == ("shown", companion.name, True)
    [width, *_] = photo["widths"]
    file = mine.get(f"{over}/{photo['id']}/{width}", 200).response
    assert file.mimetype == "image/webp"
    assert Image.open(BytesIO(file.data)).width == width
    mine.get(f"{over}/{photo['id']}/1", 404)
    others = program.as_(stranger)
    assert [one["is_removable"] for one in others.get(over, 200).data] == [False]
    others.delete(f"{over}/{photo['id']}", 403)
    others.ask("POST", over, 403, data={"photos": sent(picture((0, 0, 0)))})
    mine.delete(f"{over}/{photo['id']}", 204)
    assert theirs.get(over, 200).data == []


def test_photos_come_in_pages_and_what_is_no_picture_is_refused(program, companion, over, work):
    theirs = program.as_(companion)
    for shade in (10, 90, 200):
        theirs.ask("POST", over, 201, data={"photos": sent(picture((shade, 0, 0)))})
    work()
    first = theirs.get(f"{over}?limit=2", 200)
    rest = theirs.get(f"{over}?limit=2&after={first.meta['next']}", 200)
    assert (len(first.data), len(rest.data), rest.meta["next"]) == (2, 1, None)
    assert not {one["id"] for one in first.data} & {one["id"] for one in rest.data}
    theirs.ask("POST", over, 201, data={"photos": sent(b"no picture")})
    work()
    assert theirs.get(over, 200).data[-1]["state"] == "refused"
    assert set(theirs.ask("POST", over, 422, data={"other": sent(b"")}).details) == {"photos"}


def test_a_watch_is_started_extended_and_ended(program, owner, companion):
    run = make_run(owner, starts_at=clock.now() + timedelta(hours=1))
    mine, theirs = program.as_(owner), program.as_(companion)
    ends = (run.ends_at + timedelta(hours=1)).astimezone(run.zone)
    body = {
        "run_id": str(run.id),
        "expected_at": f"{ends:%H:%M}",
        "contact_name": "Mina",
        "contact_phone": "09121110999",
    }
    watch = mine.post("/me/watches", body, 201).data
    assert (watch["status"], watch["contact_phone"], watch["place"]) == ("waiting", "+989121110999", run.place)
    mine.post("/me/watches", body, 422)
    path = f"/me/watches/{watch['id']}"
    for act in ("home", "more", "cancel"):
        theirs.post(f"{path}/{act}", {"minutes": 15} if act == "more" else {}, 404)
    assert set(mine.post(f"{path}/more", {"minutes": 7}, 422).details) == {"minutes"}
    assert mine.post(f"{path}/more", {"minutes": 30}, 200).data["expected_at"] > watch["expected_at"]
    assert mine.get("/me/watches", 200).data["running"]["id"] == watch["id"]
    assert mine.post(f"{path}/home", {}, 200).data["status"] == "home"
    after = mine.get("/me/watches", 200).data
    assert (after["running"], [one["id"] for one in after["past"]]) == (None, [watch["id"]])
    assert theirs.get("/me/watches", 200).data == {"running": None, "past": []}


def test_a_watch_for_a_number_that_gets_no_sms_is_refused_beside_the_field(program, owner):
    body = {"expected_at": "07:00", "contact_name": "Mina", "contact_phone": "021"}
    assert set(program.as_(owner).post("/me/watches", body, 422).details) == {"contact_phone"}


def test_a_calendar_feed_is_opened_once_and_closed(program, page, owner):
    mine = program.as_(owner)
    mine.get("/me/calendar", 404)
    first = mine.post("/me/calendar", {}, 200).data["address"]
    address = mine.post("/me/calendar", {}, 200).data["address"]
    assert first != address
    assert "address" not in mine.get("/me/calendar", 200).data
    assert mine.patch("/me/calendar", {"alarm": "1_hour"}, 200).data["alarm"] == "1_hour"
    assert mine.get("/me/calendar", 200).data["alarm"] == "1_hour"
    path = address.partition("/runs.ics")[2]
    page.get(f"/runs.ics{path}", 200)
    page.get("/runs.ics" + first.partition("/runs.ics")[2], 404)
    mine.delete("/me/calendar", 204)
    page.get(f"/runs.ics{path}", 404)
