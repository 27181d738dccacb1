"""Files of activities and their tracks."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

from hampa.activity_files.models import ActivityImport, ActivityTrack
from hampa.activity_files.queries.files import track_of
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.training.models.activities import Activity
from tests.factories.base import made, number
from tests.factories.files import sample
from tests.factories.timeline import make_timeline, timeline_values
from tests.factories.training import make_activity, training_values

TRAINING_NAMES = (
    *("activity_id", "plan_id", "milestone_id", "goal_id", "gear_id", "activity_import_id"),
    *("entry_id", "entry_comment_id"),
)
"""Placeholders of routes that `training_values_for` knows."""


def make_activity_import(person: Person, **given: Any) -> ActivityImport:
    """Make an import of one file, which is read."""
    usual = {"name": "morning.gpx", "files": 1, "place": 1, "upload": None, "done_at": clock.now()}
    return made(ActivityImport, person_id=person.id, **(usual | given))


def make_waiting_copy(person: Person, **given: Any) -> ActivityImport:
    """Make the import of a copy from another Hampa that waits for its person."""
    rows = [["activities", 120, 100, 15, 5], ["plans", 3, 2, 0, 1], ["gear", 2, 2, 0, 0], ["badges", 6, 4, 2, 0]]
    preview = {"site": "https://hampa.example", "shown": 12, "parts": rows}
    usual = {"name": "copy.zip", "upload": f"uploads/copy-{number()}", "preview": preview}
    return made(ActivityImport, person_id=person.id, **(usual | given))


def make_track(person: Person, **given: Any) -> ActivityTrack:
    """Make the track of an activity of two kilometres."""
    activity = given.pop("activity", None) or make_activity(person, ago=timedelta(days=number() % 300 + 2))
    file = f"activities/{activity.id}/track-{number()}.gz"
    storage.put(file, gzip.compress(sample("garmin")))
    split = [[1000, 330.5, 150], [1000, 340.0, 155]]
    usual = {
        "file": file,
        "extension": "gpx",
        "digest": f"{number():064d}",
        "number": 0,
        "moving_s": 670,
        "heart_mean": 152,
        "heart_most": 171,
        "sums": {"splits": {"km": split, "mi": [[1609, 536.0, 152], [391, 134.5, 155]]}, "bests": {"1km": 330.5}},
        "course": {"line": [[[35.74 + place / 1000, 51.21] for place in range(10)]], "profile": []},
        "visible": {
            "moving_s": 330,
            "heart_mean": 149,
            "heart_most": 160,
            "sums": {"splits": {"km": [[600, 198.0, 149]], "mi": [[600, 198.0, 149]]}, "bests": {}},
            "course": {"line": [[[35.74 + place / 1000, 51.21] for place in range(4, 7)]], "profile": []},
        },
    }
    track = made(ActivityTrack, person_id=person.id, activity_id=activity.id, **(usual | given))
    if track.visible:
        activity.visible_duration_s, activity.visible_distance_m = track.visible["moving_s"], 1_000
    return track


def training_values_for(rule: str, owner: Person, companion: Person) -> dict[str, Any]:
    """Return what stands for placeholders of a route: those of training, with a track where the route is about one."""
    values = training_values(owner, companion)
    activity = db.session.get_one(Activity, values["activity_id"])
    if rule.endswith(("/track", "/file")) and track_of(activity.id) is None:
        make_track(owner, activity=activity)
    if rule.startswith("/timeline/"):
        values |= timeline_values(owner, companion, activity.id)
    return values | {"activity_import_id": make_waiting_copy(owner).id}


def make_training(person: Person) -> None:
    """Make a timeline of a person with all that goes with it, an import of files, and a track."""
    make_timeline(person)
    make_activity_import(person, name="quince.fit")
    make_track(person)
