"""Forty activities of one person, with their lines for others: somebody who has them all does not come near the door."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import hypot
from random import Random

import pytest
from sqlalchemy import select

from hampa.activity_files import actions, jobs
from hampa.activity_files.models import ActivityTrack
from hampa.activity_files.queries.reading import read_activities, without_zones
from hampa.people.models import HiddenZone
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.geo import hiding
from hampa.training.models.activities import Activity
from tests.attack.test_hidden_home import (
    BEST_M,
    EAST,
    GUESSES,
    NEAREST_M,
    NORTH,
    Flat,
    Shown,
    flat,
    least,
    out_and_back,
)
from tests.factories.files import sent

HOMES, TRACKS = 5, 40
FIRST = datetime(2026, 9, 1, 3, tzinfo=UTC)
NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
PAUSE_S = 40


@dataclass(frozen=True)
class Told(Shown):
    """What somebody else is told of one activity, with its duration."""

    seconds: int


def recording(number: int, dice: Random) -> bytes:
    """Return the file of a run from the door and back, which waits at a crossing on its way."""
    line = out_and_back(dice)
    began = FIRST + timedelta(days=number, minutes=dice.randrange(60))
    second, points = 0.0, []
    before = (line.north[0], line.east[0])
    for index, place in enumerate(zip(line.north, line.east, strict=True)):
        (x, y), (past_x, past_y) = flat(place), flat(before)
        second += max(1.0, hypot(x - past_x, y - past_y) / dice.gauss(2.9, 0.15)) + PAUSE_S * (index == 100)
        before = place
        time = began + timedelta(seconds=round(second))
        heart = "<extensions><hr>151</hr></extensions>" if index % 2 else ""
        points.append(
            f'<trkpt lat="{place[0]:.6f}" lon="{place[1]:.6f}"><ele>1200</ele><time>{time:%Y-%m-%dT%H:%M:%SZ}</time>{heart}</trkpt>'
        )
    return f"<gpx><trk><type>running</type><trkseg>{''.join(points)}</trkseg></trk></gpx>".encode()


def by_time(routes: Sequence[Told], whole_s: Sequence[int]) -> Flat:
    """Take the time that is shown for the whole, and the pace of what is seen for the rest of the way at each end."""
    known = []
    for route, seconds in zip(routes, whole_s, strict=True):
        pace = route.seconds / route.line_m
        known += [(end, max(0.0, seconds - route.seconds) / pace / 2) for end in route.ends]
    return least(lambda x, y: sum((abs(ex - x) + abs(ey - y) - hidden) ** 2 for (ex, ey), hidden in known))


def errors_at_home(seed: int) -> tuple[dict[str, float], float]:
    """Return the error of every guess, in metres, from forty tracks of one home, and of one that knows whole times."""
    dice = Random(seed)
    zones: list[hiding.Zone] = []
    routes, whole_s = [], []
    for number in range(TRACKS):
        (read,) = read_activities(recording(number, dice))
        assert read.ends is not None
        zones += hiding.new_zones(read.ends, zones)
        visible = without_zones(read, zones).visible
        assert visible is not None
        whole_s.append(read.duration_s)
        pieces = [[flat(place) for place in piece] for piece in visible.as_json["course"]["line"]]
        routes.append(Told(visible.distance_m or 0, pieces, visible.duration_s))
    assert len(zones) == 1
    errors = {guess.__name__: hypot(*guess(routes)) for guess in GUESSES}  # type: ignore[arg-type]
    errors["by_time"] = hypot(*by_time(routes, [route.seconds for route in routes]))
    return errors, hypot(*by_time(routes, whole_s))


def test_forty_activities_from_one_door_tell_no_more_than_its_zone(monkeypatch):
    monkeypatch.setattr(hiding, "dice", Random(9))
    with clock.frozen(NOW):
        homes = [errors_at_home(seed) for seed in range(HOMES)]
    means = {name: sum(home[name] for home, _whole in homes) / HOMES for name in homes[0][0]}
    best = sum(min(home.values()) for home, _whole in homes) / HOMES
    if_told = sum(whole for _home, whole in homes) / HOMES
    print({name: round(error) for name, error in means.items()}, round(best), "with whole times:", round(if_told))
    assert min(means.values()) > NEAREST_M, means
    assert best > BEST_M
    assert if_told < NEAREST_M, "whole times would tell: this attack works, and what is told stops it"


def test_all_that_is_told_of_a_track_is_of_its_visible_part(page, program, owner, stranger, work):
    with clock.frozen(NOW):
        mine = page.as_(owner)
        form = mine.get("/me/activities/import").form("/me/activities/import")
        form.values["file"] = sent(recording(1, Random(3)), "morning.gpx")
        mine.get("/me/training/visibility").form("/me/training/visibility").fill(
            visibility="everyone", map_visibility="everyone", heart_visibility="me"
        ).submit(status=303)
        form.submit(status=303)
        work()
        whole = db.session.scalars(select(Activity)).one()
        track = db.session.scalars(select(ActivityTrack)).one()
        path, other = f"/activities/{whole.id}", program.as_(stranger)
        told, seen = other.get(path, 200).data, other.get(f"{path}/track", 200).data
        drawn_m = sum(
            hypot(bx - ax, by - ay)
            for piece in seen["line"]
            for (ax, ay), (bx, by) in pairwise([flat(place) for place in piece])
        )
        assert drawn_m < whole.distance_m - 800
        assert told["distance_m"] == pytest.approx(drawn_m, rel=0.02)
        assert seen["heights"][-1][-1][0] == pytest.approx(drawn_m, rel=0.02)
        for unit in ("km", "mi"):
            splits = [one for one in seen["splits"] if one["unit"] == unit]
            # The last piece is no split of its own below ten metres, and each is told in whole metres.
            assert -12 <= sum(one["metres"] for one in splits) - told["distance_m"] <= 3
            assert -8 <= sum(one["seconds"] for one in splits) - told["duration_s"] <= 3
            assert {one["heart"] for one in splits} == {None}
        longest = max(one["seconds"] for one in seen["bests"])
        assert longest <= told["duration_s"] and seen["moving_s"] <= told["duration_s"] < whole.duration_s - 200
        assert told["ended_at"] == told["created_at"] == told["updated_at"]
        nearest = min(hypot(*flat(place)) for piece in seen["line"] for place in piece)
        assert nearest > hiding.LEAST_M
        shown = page.as_(stranger).get(path)
        listed = page.as_(stranger).get(f"/people/{owner.id}/activities")
        whole_time = f"{whole.duration_s // 60}:{whole.duration_s % 60:02}"
        for text in (shown.words, listed.words, str(told), str(seen["splits"]), str(seen["bests"])):
            for leak in (str(whole.distance_m), str(whole.duration_s), whole_time, "151", "pulse"):
                assert leak not in text, leak
        own = mine.get(path).words
        assert "151" in own and whole_time in own and track.zones == 1
        assert (seen["heart_mean"], seen["heart_most"]) == (None, None)
        page.as_(stranger).get(f"{path}/file", 403)


def test_a_new_zone_cuts_older_tracks_too(page, owner, work):
    with clock.frozen(NOW):
        mine = page.as_(owner)
        form = mine.get("/me/activities/import").form("/me/activities/import")
        form.values["file"] = sent(gzip.compress(recording(1, Random(4))), "morning.gpx.gz")
        form.submit(status=303)
        work()
        before = db.session.scalars(select(ActivityTrack)).one()
        line, seconds = before.visible["course"]["line"], db.session.scalar(select(Activity.visible_duration_s))
        far = max((place for piece in line for place in piece), key=lambda place: hypot(*flat(place)))
        beyond = [home + (place - home) * 1.3 for home, place in zip((NORTH, EAST), far, strict=True)]
        db.session.add(HiddenZone(person_id=owner.id, north=beyond[0], east=beyond[1]))
        db.session.commit()
        jobs.sweep()
        work()
        db.session.expire_all()
        after = db.session.scalars(select(ActivityTrack)).one()
        assert after.zones == 2 and db.session.scalar(select(Activity.visible_duration_s)) < seconds
        (x, y) = flat(beyond)
        places = [flat(place) for piece in after.visible["course"]["line"] for place in piece]
        assert min(hypot(px - x, py - y) for px, py in places) > hiding.LEAST_M
        assert jobs._read_again(jobs.queries.TrackFile(after.id, "activities/gone.gz", 0)) is None
        seconds = db.session.scalar(select(Activity.visible_duration_s))
        actions.store_cut(after.id, None, 3)
        assert db.session.scalar(select(Activity.visible_duration_s)) == seconds and not after.visible["course"]
