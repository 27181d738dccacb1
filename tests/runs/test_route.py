"""Routes: files of many devices are read by the worker, refused ones say why, and hidden ends stay hidden."""

from __future__ import annotations

import io
import json
import math
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.geo import course, gpx, hiding, route_files, tracks
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.media import storage
from hampa.routes import jobs
from hampa.routes.actions import remove_route
from hampa.routes.models import REASONS, RunRoute
from hampa.runs.models.run import Run
from tests.factories.files import make_route, sample, send_much, sent
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, make_run, take_part
from tests.html import words

DEVICES = ["garmin", "strava", "komoot", "suunto", "old"]
START = (35.744497, 51.21)
"""Where the loop of the samples begins and ends."""
HEAD = b'<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
TAIL = b"</trkseg></trk></gpx>"


def read(content):
    return tracks.clean_track(route_files.read(io.BytesIO(content)))


def worked_out(content):
    return course.compute_course(read(content).lines)


def cut(content):
    """Return what others see of a route, and the lines and zones that it is computed from."""
    lines = read(content).lines
    zones = hiding.new_zones(hiding.ends(lines), [])
    return course.visible_course(hiding.without_zones(lines, zones))


def track(*points):
    """Return a file with these points: (north, east) or (north, east, height)."""
    written = [
        f'<trkpt lat="{point[0]}" lon="{point[1]}">' + (f"<ele>{point[2]}</ele>" if point[2:] else "") + "</trkpt>"
        for point in points
    ]
    return HEAD + "".join(written).encode() + TAIL


def publish(browser, content, **fields):
    """Publish a run with a route; the run."""
    browser.post("/runs/new", SHORT_FORM | fields | {"route": sent(content, "../../evil.gpx")}, 303)
    db.session.expire_all()
    return db.session.scalars(select(Run).order_by(Run.created_at.desc())).first()


def change(browser, run, route):
    """Change nothing of a run but its route."""
    form = browser.get(f"/runs/{run.id}/edit").form()
    form.values["route"] = route
    return form.submit(status=303)


def the_route(run):
    db.session.expire_all()
    return db.session.scalars(select(RunRoute).where(RunRoute.run_id == run.id)).one()


@pytest.mark.parametrize("device", [*DEVICES, "phone", "planned"])
def test_files_of_many_devices_are_read(device):
    found = worked_out(sample(device))
    assert found.distance_m == pytest.approx(3140, abs=5 if device != "planned" else 12)
    assert len(found.drawing["line"]) == {"phone": 2, "old": 2}.get(device, 1)


@pytest.mark.parametrize("device", DEVICES)
def test_climbs_are_summed_between_turning_points(device):
    found = worked_out(sample(device))
    assert found.climb_m == pytest.approx(40, abs=3)
    assert found.descent_m == pytest.approx(40, abs=3)
    heights = [height for piece in found.drawing["profile"] for _along, height in piece]
    assert (min(heights), max(heights)) == (pytest.approx(1230, abs=2), pytest.approx(1270, abs=2))


def test_without_heights_there_is_no_climb_and_no_profile():
    found = worked_out(sample("phone"))
    assert (found.climb_m, found.descent_m, found.drawing["profile"]) == (None, None, [])


def test_noise_of_the_device_is_no_climb():
    flat = [(35.7 + step / 10_000, 51.2, 1200 + (2 if step % 2 else -2)) for step in range(300)]
    assert worked_out(track(*flat)).climb_m == 0


def test_a_degree_north_is_as_long_as_the_mean_radius_says():
    assert course.distance_m(35, 51, 36, 51) == pytest.approx(6_371_008.8 * math.pi / 180, rel=1e-9)
    assert worked_out(track((35, 179.9), (35, -179.9))).distance_m == pytest.approx(18_217, abs=10)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "iso-8859-1"])
def test_other_encodings_are_read(encoding):
    name = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16"}.get(encoding, encoding)
    text = sample("komoot").decode().replace("encoding='UTF-8'", f"encoding='{name}'")
    assert worked_out(text.encode(encoding)).distance_m == pytest.approx(3140, abs=5)


BOMB = b'<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
ELSEWHERE = b'<!DOCTYPE gpx [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
REFUSED = {
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, "broken"),
    "words": (b"We run around the lake.", "broken"),
    "a page": (b"<!DOCTYPE html><html><body>Not found</body></html>", "not_gpx"),
    "packed": (b"PK\x03\x04" + b"\x00" * 60, "packed"),
    "other XML": (b"<rss><trkpt lat='1' lon='1'/></rss>", "not_gpx"),
    "tcx of nothing": (b"<TrainingCenterDatabase><Activities/></TrainingCenterDatabase>", "empty"),
    "kml": (b"<kml xmlns='http://www.opengis.net/kml/2.2'/>", "kml"),
    "fit that was never closed": (b"\x0e\x10\x5d\x08\x00\x00\x00\x00.FIT" + b"\x00" * 90, "broken"),
    "cut off": (sample("garmin")[:9000], "broken"),
    "no points": (HEAD + TAIL, "empty"),
    "one point": (track((35, 51)), "empty"),
    "waypoints alone": (b"<gpx><wpt lat='35' lon='51'/><wpt lat='36' lon='51'/></gpx>", "empty"),
    "off the globe": (track((95, 51), (35, 191), ("nan", 51), ("", 51), ("1e999", 3)), "empty"),
    "standing still": (track((35, 51), (35, 51.0001)), "too_short"),
    "across the world": (track((35, 51), (-35, -51)), "too_long"),
    "entities": (b"<?xml version='1.0'?>" + BOMB + b"<gpx><name>&b;</name></gpx>", "harmful"),
    "files of ours": (b"<?xml version='1.0'?>" + ELSEWHERE + b"<gpx><name>&a;</name></gpx>", "harmful"),
    "very deep": (b"<gpx>" + b"<x>" * 100_000, "harmful"),
    "an encoding of nobody": (b"<?xml version='1.0' encoding='klingon'?><gpx/>", "empty"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_route_is_refused_with_its_reason(kind):
    content, reason = REFUSED[kind]
    with pytest.raises(UnreadableRoute) as refused:
        worked_out(content)
    assert refused.value.reason == reason
    assert reason in REASONS


def test_what_goes_on_after_the_end_is_nobodys_business():
    assert worked_out(sample("strava") + b"\x00\x00 rubbish").distance_m > 3000


def test_many_points_become_a_bounded_drawing():
    zigzag = [(35 + step / 20_000, 51 + (step % 2) / 10_000, 1000 + step % 50) for step in range(20_000)]
    found = worked_out(track(*zigzag))
    assert sum(map(len, found.drawing["line"])) <= course.MOST_POINTS + course.MOST_PIECES
    assert len(json.dumps(found.drawing)) < 30_000
    pieces = b"</trkseg><trkseg>".join(
        b'<trkpt lat="35.%05d" lon="51"/><trkpt lat="35.%05d" lon="51.001"/>' % (n, n) for n in range(3_000)
    )
    assert len(worked_out(HEAD + pieces + TAIL).drawing["line"]) <= course.MOST_PIECES


@pytest.mark.parametrize("device", ["garmin", "phone", "planned"])
def test_nothing_within_200_metres_of_the_ends_is_shown(device):
    hidden = cut(sample(device)).drawing
    shown = [place for piece in hidden["line"] for place in piece]
    assert shown
    assert min(course.distance_m(*START, *place) for place in shown) > hiding.LEAST_M
    assert hidden["profile"] == [] or hidden["profile"][0][0][0] == 0


def test_passing_by_the_start_again_is_hidden_too():
    out_and_back = [(35 + abs(step) / 1000, 51) for step in range(-20, 21)]
    there_again = [*out_and_back, *out_and_back]
    found = cut(track(*there_again)).drawing
    ends = (there_again[0], there_again[-1])
    assert len(found["line"]) == 2
    assert all(course.distance_m(*end, *place) > 200 for end in ends for piece in found["line"] for place in piece)
    jump = [(35.02, 51), (34.98, 51), (34.98, 51.02), (35, 51.02), (35, 51)]
    assert len(cut(track(*jump)).drawing["line"]) == 1, "a long way between two points leads by the end"


def test_our_own_file_says_where_and_how_high_and_nothing_else():
    ours = "".join(gpx.write(read(sample("garmin")).lines, "<Lake> & hills"))
    assert "&lt;Lake&gt; &amp; hills" in ours
    assert not re.search("time|hr|cad|Garmin|Tehran", ours)
    found = worked_out(ours.encode())
    assert (found.distance_m, found.climb_m) == (3140, worked_out(sample("garmin")).climb_m)


def test_a_route_is_read_by_the_worker_and_fills_in_the_distance(page, owner, work):
    browser = page.as_(owner)
    run = publish(browser, sample("garmin"))
    upload = the_route(run).upload
    assert storage.exists(upload)
    waiting = browser.get(f"/runs/{run.id}")
    assert "being read" in waiting.words
    polled = waiting.one(id="route")
    assert (polled.get("data-hx-get"), polled.get("data-hx-select-oob")) == (f"/runs/{run.id}", "#facts")
    assert not page.get(f"/runs/{run.id}").all(id="route")
    work()
    for looking in (browser, page.as_(make_person()), page):
        shown = looking.get(f"/runs/{run.id}")
        assert f"{the_route(run).climb_m} m up" in shown.words and "3.1 km" in words(shown.one(id="facts"))
        assert len(shown.all(class_="route-line")) == len(shown.all(class_="route-profile")) == 1
    db.session.expire_all()
    assert float(db.session.get_one(Run, run.id).distance_km) == 3.1
    assert the_route(run).upload is None
    assert not storage.exists(upload)


def test_a_distance_that_was_said_stays(page, owner, work):
    run = publish(page.as_(owner), sample("strava"), distance_km="12")
    work()
    assert float(db.session.get_one(Run, run.id, populate_existing=True).distance_km) == 12


@pytest.mark.parametrize("kind", ["a picture", "kml", "entities", "cut off"])
def test_the_organiser_alone_reads_why_a_file_was_refused(page, owner, work, kind):
    run = publish(page.as_(owner), REFUSED[kind][0])
    work()
    assert page.as_(owner).get(f"/runs/{run.id}").all(class_="notice-stop")
    assert page.as_(owner).get(f"/runs/{run.id}/edit").all(class_="notice-stop")
    assert not page.as_(make_person()).get(f"/runs/{run.id}").all(id="route")
    assert list(storage.list_folder(f"runs/{run.id}")) == []


def test_a_refused_file_leaves_the_route_that_was_there(page, owner, work):
    run = publish(page.as_(owner), sample("komoot"))
    work()
    change(page.as_(owner), run, sent(b"no"))
    work()
    assert the_route(run).reason == "broken"
    assert "3.1 km" in words(page.get(f"/runs/{run.id}").one(id="route"))


def test_another_route_takes_the_place_of_the_first_and_its_file(page, owner, work):
    run = publish(page.as_(owner), sample("komoot"))
    work()
    first = the_route(run).gpx
    change(page.as_(owner), run, sent(track(*((35 + step / 100, 51) for step in range(11)))))
    work()
    work()
    assert the_route(run).distance_m == 11_120
    assert not storage.exists(first)
    assert storage.exists(the_route(run).gpx)


def test_a_distance_that_the_route_said_follows_the_next_route(page, owner, work):
    run = publish(page.as_(owner), sample("komoot"))
    work()
    change(page.as_(owner), run, sent(track(*((35 + step / 100, 51) for step in range(11)))))
    work()
    db.session.expire_all()
    assert float(db.session.get_one(Run, run.id).distance_km) == 11.1


def test_who_comes_is_told_of_another_route_in_the_app(page, owner, work, told, texted):
    run = make_run(owner)
    going, waiting = take_part(run), take_part(run, status="WAITLISTED")
    for device in ("garmin", "strava"):
        change(page.as_(owner), run, sent(sample(device)))
        work()
    change(page.as_(owner), run, sent(b"no route"))
    work()
    for person in (going, waiting):
        assert told(person) == ["run_changed", "run_changed"]
        assert texted(person) == []
    assert "route" in page.as_(going).get("/notifications").words


def test_a_route_can_be_taken_away(page, owner, work):
    run = publish(page.as_(owner), sample("komoot"))
    work()
    page.as_(owner).get(f"/runs/{run.id}/edit").form().fill(route_remove="y").submit(status=303)
    work()
    assert not page.as_(owner).get(f"/runs/{run.id}").all(id="route")
    assert list(storage.list_folder(f"runs/{run.id}")) == []


def test_a_job_that_runs_twice_reads_once(page, owner, work):
    from hampa.routes.jobs import read_route

    run = publish(page.as_(owner), sample("komoot"))
    route = the_route(run)
    route_id, upload = route.id, route.upload
    work()
    read_route(route_id, upload)
    assert the_route(run).distance_m == 3140


def test_a_file_over_5_mb_is_refused_beside_its_field_and_what_was_typed_is_kept(page, owner):
    content = HEAD + b" " * 5_100_000 + TAIL
    answer = send_much(page.as_(owner), "/runs/new", SHORT_FORM | {"route": sent(content)}, 422)
    assert "5.1" in answer.error_of("route")
    assert answer.form().values["title"] == SHORT_FORM["title"]
    assert "open" in next(more for more in answer.all("details") if more.findall(".//*[@name='route']")).attrib
    assert "empty" in page.as_(owner).post("/runs/new", SHORT_FORM | {"route": sent(b"")}, 422).error_of("route")


def test_what_is_far_too_large_is_not_even_read(page, owner):
    for browser, size in ((page.as_(owner), 18_000_000), (page, 1_100_000)):
        send_much(browser, "/runs/new", SHORT_FORM | {"route": sent(b" " * size)}, 413)


@pytest.fixture
def viewers(owner):
    """Return a run with the ends of its route hidden, and people of every relation to it."""

    def make(**given):
        run = make_run(owner, **given)
        people = {"visitor": None, "stranger": make_person(), "owner": owner}
        for name, status in (("interested", "INTERESTED"), ("waiting", "WAITLISTED"), ("left", "LEFT")):
            people[name] = take_part(run, status=status)
        people["going"] = take_part(run)
        return run, people

    return make


def test_who_does_not_go_is_sent_nothing_of_the_ends(page, owner, work):
    run = publish(page.as_(owner), sample("garmin"), route_cut="y")
    work()
    whole, hidden = the_route(run).whole, the_route(run).hidden
    assert whole != hidden
    going = take_part(run)
    pages = {
        name: page.as_(person).get(f"/runs/{run.id}")
        for name, person in {"going": going, "owner": owner, "stranger": make_person(), "visitor": None}.items()
    }
    lines = {name: answer.one(class_="route-line").findall(".//{*}path")[0] for name, answer in pages.items()}
    assert lines["going"].get("d") == lines["owner"].get("d") != lines["stranger"].get("d") == lines["visitor"].get("d")
    assert "start and end are only for people who are going" in pages["visitor"].words
    assert "start and end are only for people who are going" not in pages["going"].words
    assert not pages["visitor"].all(class_="route-start") and pages["going"].all(class_="route-start")
    form = page.as_(owner).get(f"/runs/{run.id}/edit").form()
    assert form.values.pop("route_cut") == "y"
    form.submit(status=303)
    assert page.get(f"/runs/{run.id}").all(class_="route-start")


def test_only_those_who_go_have_the_file(page, viewers):
    run, people = viewers()
    make_route(run)
    url = f"/runs/{run.id}/route.gpx"
    assert page.get(url, 303).location.startswith("/login")
    for name in ("stranger", "interested", "waiting", "left"):
        page.as_(people[name]).get(url, 403)
        assert url not in page.as_(people[name]).get(f"/runs/{run.id}").links
    for name in ("going", "owner"):
        answer = page.as_(people[name]).get(url, 200)
        assert answer.response.mimetype == "application/gpx+xml"
        assert "attachment" in answer.response.headers["Content-Disposition"]
        assert url in page.as_(people[name]).get(f"/runs/{run.id}").links


def test_who_came_still_has_the_file_afterwards(page, viewers):
    run, _people = viewers(starts_local=(clock.now() - timedelta(days=2)).replace(tzinfo=None))
    make_route(run)
    came = take_part(run, status="COMPLETED", left_at=None)
    page.as_(came).get(f"/runs/{run.id}/route.gpx", 200)


def test_there_is_no_file_where_there_is_no_route(page, owner):
    run = make_run(owner)
    page.as_(owner).get(f"/runs/{run.id}/route.gpx", 404)
    make_route(run)
    storage.delete_now(f"runs/{run.id}")
    page.as_(owner).get(f"/runs/{run.id}/route.gpx", 404)


def test_in_persian_numbers_are_persian(page, owner):
    run = make_run(owner)
    make_route(run)
    shown = page.speaking("fa").get(f"/runs/{run.id}")
    assert "۱ کیلومتر" in shown.words and "۹ متر" in shown.words


@pytest.mark.parametrize("meanwhile", ["another", "none"])
def test_what_was_read_of_a_file_that_is_not_the_route_any_more_is_not_kept(page, owner, work, monkeypatch, meanwhile):
    """A route begins at somebody's door more often than not."""
    browser = page.as_(owner)
    run = publish(browser, sample("garmin"))
    job = the_route(run)
    given, read = (job.id, job.upload), jobs.parse_upload

    def while_the_organiser_changes_their_mind(*args):
        found = read(*args)
        change(browser, run, sent(sample("strava"))) if meanwhile == "another" else remove_route(run)
        db.session.commit()
        return found

    monkeypatch.setattr(jobs, "parse_upload", while_the_organiser_changes_their_mind)
    jobs.read_route(*given)
    monkeypatch.setattr(jobs, "parse_upload", read)
    work()
    kept = [name for name, _at in storage.list_folder(f"runs/{run.id}")]
    assert len(kept) == (meanwhile == "another")
