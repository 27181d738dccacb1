"""Files of activities: sending one, what became of it, and what is read of the track of an activity."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import Response
from typing_extensions import TypedDict
from werkzeug.datastructures import FileStorage

from hampa.activity_files import actions
from hampa.activity_files.forms import FILE_REASONS
from hampa.activity_files.models import FATES, MEGABYTES, REASONS, ActivityImport
from hampa.activity_files.queries import files as queries
from hampa.activity_files.queries.previews import preview_shown
from hampa.api.resources.training import resource as training
from hampa.platform.api.answers import Created
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import OneOf
from hampa.platform.errors import NotFound
from hampa.platform.geo.workout_sums import BESTS, UNITS
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web import uploads
from hampa.platform.web.session import me
from hampa.training.queries.activities import own_activity
from hampa.training.queries.visibility import activity_for

resource = Resource("activity-files", _l("Files of activities"), scope=training.name)

Pair = tuple[float, float]
Reason = Annotated[str, OneOf(*REASONS)]


class FateCount(TypedDict):
    """How many files of an import became what."""

    fate: Annotated[str, OneOf(*FATES)]
    files: int


class FailureData(TypedDict):
    """A file that became nothing, and why."""

    name: str
    reason: Reason
    message: str


class PreviewPartData(TypedDict):
    """How much a copy has of a kind, and how much of it is new, here already, or left out."""

    name: str
    every: int
    new: int
    here: int
    left: int


class ActivityImportData(TypedDict):
    """A file that was sent: `read` of its `files` are read, all from `done_at` on; `failures` are a hundred at most.

    `reason` says why nothing of it could be read. `activity_id` is what an import of one file became. A copy from another
    Hampa `waits` with its `preview` until you have it taken over, or delete it; after a week it is gone.
    """

    id: uuid.UUID
    name: str
    files: int
    read: int
    fates: list[FateCount]
    failures: list[FailureData]
    reason: Reason | None
    activity_id: uuid.UUID | None
    waits: bool
    preview: list[PreviewPartData] | None
    done_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class SplitData(TypedDict):
    """A kilometre, a mile, or what is left at the end."""

    unit: Annotated[str, OneOf(*UNITS)]
    metres: int
    seconds: float
    heart: int | None


class BestData(TypedDict):
    """The shortest time for a distance within an activity, pauses included."""

    distance: Annotated[str, OneOf(*BESTS)]
    seconds: float


class TrackData(TypedDict):
    """What is read of the file of an activity. Seconds are without pauses, pulse is a minute.

    `line` has its pieces, each as places north and east, `heights` those of each as metres along it and above the sea.
    Of the activities of others it is the part outside their hidden zones, in all its numbers, where others may see the
    line; line and pulse are missing where they are not for you.
    """

    activity_id: uuid.UUID
    moving_s: int
    heart_mean: int | None
    heart_most: int | None
    splits: list[SplitData]
    bests: list[BestData]
    line: list[list[Pair]]
    heights: list[list[Pair]]


@resource.post("/me/activity-imports", takes_file="file", megabytes=MEGABYTES + 1)
def send_activity_file(file: FileStorage) -> Created[ActivityImportData]:
    """Send a GPX, TCX or FIT file, also packed by gzip, or a ZIP of up to 5,000. It is read in the background."""
    import_id = actions.take_file(me(), file.stream, file.filename or "")
    return Created(read_activity_import(import_id), f"/me/activity-imports/{import_id}")


@resource.get("/me/activity-imports/<uuid:activity_import_id>")
def read_activity_import(activity_import_id: uuid.UUID) -> ActivityImportData:
    """Return how far a file of yours is read, and what became of it; it is kept for thirty days."""
    return _import(queries.own_import(me(), activity_import_id))


@resource.post("/me/activity-imports/<uuid:activity_import_id>/agreement")
def take_copy_over(activity_import_id: uuid.UUID) -> ActivityImportData:
    """Have a copy from another Hampa taken over that waits for you, in the background. Said twice, it is said once."""
    actions.agree(me(), activity_import_id)
    return read_activity_import(activity_import_id)


@resource.delete("/me/activity-imports/<uuid:activity_import_id>", locks=ActivityImport)
def discard_copy(activity_import_id: uuid.UUID) -> None:
    """Delete a copy from another Hampa that waits for you, without taking anything over."""
    actions.discard(me(), activity_import_id)


@resource.get("/activities/<uuid:activity_id>/track")
def read_track(activity_id: uuid.UUID) -> TrackData:
    """Return splits, best efforts, moving time, pulse and line of an activity that came from a file and that you see."""
    track = queries.track_seen(activity_for(me(), activity_id))
    if track is None:
        raise NotFound
    return _track(track)


@resource.get("/activities/<uuid:activity_id>/file", produces="application/gzip")
def fetch_activity_file(activity_id: uuid.UUID) -> Response:
    """Fetch the file of an activity of yours as it came, packed by gzip."""
    track = queries.own_track(me(), own_activity(me(), activity_id).id)
    return uploads.send(track.file, "application/gzip", download_name=f"{activity_id}.{track.extension}.gz")


def _import(one: ActivityImport) -> ActivityImportData:
    return {
        "id": one.id,
        "name": one.name,
        "files": one.files,
        "read": one.place,
        "fates": [{"fate": fate, "files": count} for fate, count in queries.fates_of(one).items()],
        "failures": [
            {"name": file.name, "reason": str(file.reason), "message": str(FILE_REASONS[str(file.reason)])}
            for file in queries.failures_of(one)
        ],
        "reason": one.reason,
        "activity_id": queries.only_activity_of(one),
        "waits": one.waits,
        "preview": _preview(one),
        "done_at": one.done_at,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "version": one.version,
    }


def _preview(one: ActivityImport) -> list[PreviewPartData] | None:
    preview = preview_shown(one)
    if preview is None:
        return None
    return [
        {"name": part.name, "every": part.every, "new": part.new, "here": part.here, "left": part.left}
        for part in preview.parts
    ]


def _track(track: queries.SeenTrack) -> TrackData:
    return {
        "activity_id": track.activity_id,
        "moving_s": track.moving_s,
        "heart_mean": track.heart_mean,
        "heart_most": track.heart_most,
        "splits": [
            {"unit": unit, "metres": metres, "seconds": seconds, "heart": heart}
            for unit, splits in track.splits.items()
            for metres, seconds, heart in splits
        ],
        "bests": [{"distance": name, "seconds": seconds} for name, seconds in track.bests.items()],
        "line": [[(north, east) for north, east in piece] for piece in track.line],
        "heights": [[(along, height) for along, height in piece] for piece in track.profile],
    }
