"""Taking a file, storing what the worker reads of it, and giving up."""

import gzip
import hashlib
import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import IO, Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from hampa.activity_files.models import (
    ADDED,
    FAILED,
    LONGEST_NAME,
    MADE,
    SAME,
    ActivityImport,
    ActivityImportFile,
    ActivityTrack,
)
from hampa.activity_files.queries import files as queries
from hampa.activity_files.queries.archives import extension_of
from hampa.activity_files.queries.exports import ExportedItem
from hampa.activity_files.queries.parts import copy_parts
from hampa.activity_files.queries.reading import ReadActivity, VisiblePart
from hampa.people.models import Person
from hampa.people.queries import lock_people
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Refused, TooFast
from hampa.platform.geo.workout_sums import as_json
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.live import publish_to_people
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media import storage
from hampa.platform.texts.cleaning import without_surrogates
from hampa.training.actions.activities import log_activity
from hampa.training.actions.taking_over import take_over_activity, take_over_plans
from hampa.training.models.activities import Activity
from hampa.training.queries.gear import usual_gear
from hampa.training.queries.visibility import choices_of

log = logging.getLogger(__name__)

FILES_A_DAY = 50
KEPT = timedelta(days=30)
"""How long people can look up what became of a file."""
ANSWERED_WITHIN = timedelta(days=7)
"""How long a copy waits for its person."""
FOLDER = "activities"


def take_file(person: Person, source: IO[bytes], name: str) -> uuid.UUID:
    """Have the worker read a file, and return the id of the import. Raise TooFast, and `storage.StorageFull`."""
    limit(person, "activity_files.sent", FILES_A_DAY, per="day", error=_too_many)
    name = without_surrogates(name)[-LONGEST_NAME:]
    one = ActivityImport(person_id=person.id, name=name, upload=storage.save_upload(source))
    db.session.add(one)
    db.session.flush()
    enqueue("activity_files.read", import_id=one.id)
    return one.id


def keep_preview(one: ActivityImport, preview: dict[str, Any]) -> None:
    """Keep what a copy would bring, for its person to decide."""
    one.preview = preview
    _tell(one)


def agree(person: Person, import_id: uuid.UUID) -> None:
    """Have a copy taken over that waits; said twice, it is said once. Raise NotFound."""
    one = queries.lock_own_import(person, import_id)
    if one.waits:
        one.agreed_at = clock.now()
        enqueue("activity_files.read", import_id=one.id)
        _tell(one)


def discard(person: Person, import_id: uuid.UUID) -> None:
    """Delete a copy that waits, with what was sent. Raise NotFound, and Refused once it is taken over."""
    one = queries.lock_own_import(person, import_id)
    if not one.waits:
        raise Refused(_("It is being taken over already."))
    _drop(one)


def delete_unanswered() -> None:
    """Delete copies of which nobody has said for a week whether they are taken over."""
    for one in queries.unanswered_since(clock.now() - ANSWERED_WITHIN):
        _drop(one)


def _drop(one: ActivityImport) -> None:
    if one.upload:
        storage.delete_after_commit(one.upload)
    db.session.delete(one)
    db.session.flush()


def begin(one: ActivityImport, files: int) -> None:
    """Note how many files there are."""
    one.files = files
    _tell(one)


def store_file(one: ActivityImport, name: str, content: bytes, read: Sequence[ReadActivity] | str) -> None:
    """Store what was read of the next file of an import, or why it is nothing; done twice, it is done once.

    The person is locked, so that two files at once do not make the same activity twice.
    """
    lock_people(one.person_id)
    made = (
        {"fate": FAILED, "reason": read, "activity_id": None} if isinstance(read, str) else _store(one, content, read)
    )
    _note(one, name, made)


def _note(one: ActivityImport, name: str, made: Mapping[str, object]) -> None:
    """Note what became of the next file of an import, and go on to the one after it."""
    row = {"id": ids.new_id(), "created_at": clock.now(), "import_id": one.id, "place": one.place}
    statement = insert(ActivityImportFile).values(**row, name=without_surrogates(name)[-LONGEST_NAME:], **made)
    db.session.execute(statement.on_conflict_do_nothing())
    one.place += 1
    _tell(one)


def store_item(one: ActivityImport, name: str, item: ExportedItem | str) -> None:
    """Store what a copy has at the next place of an import, or why it is nothing; done twice, it is done once."""
    lock_people(one.person_id)
    if isinstance(item, str):
        _note(one, name, {"fate": FAILED, "reason": item, "activity_id": None})
        return
    try:
        with db.session.begin_nested():
            made = _take_over(one, item)
    except Refused:
        made = {"fate": FAILED, "reason": "broken", "activity_id": None}
    except DBAPIError:  # a value that no check above knows must not keep the others from coming
        log.exception("an entry of a copy could not be stored")
        made = {"fate": FAILED, "reason": "broken", "activity_id": None}
    _note(one, name, made)


def _take_over(one: ActivityImport, item: ExportedItem) -> dict[str, object]:
    """Store plans and goals, or an activity with its track, and return the columns that tell of it."""
    person = db.session.get_one(Person, one.person_id)
    if item.plans is not None:
        came = take_over_plans(person, item.plans)
        came += sum(part.take(person, item.lists, item.site) for part in copy_parts())
        return {"fate": MADE if came else SAME, "reason": None, "activity_id": None}
    if item.activity is None:
        return {"fate": FAILED, "reason": "empty", "activity_id": None}
    digest = hashlib.sha256(item.content).hexdigest()
    known = queries.track_with(person.id, digest, item.number) if item.read is not None else None
    if known is not None:
        return {"fate": SAME, "reason": None, "activity_id": known}
    activity, is_new = take_over_activity(person, item.activity)
    if item.read is not None and queries.track_of(activity.id) is None:
        _set_visible(activity, item.read.visible)
        _add_track(person, activity, item.content, digest, item.number, item.read)
        is_new_track = True
    else:
        is_new_track = False
    fate = MADE if is_new else ADDED if is_new_track else SAME
    return {"fate": fate, "reason": None, "activity_id": activity.id}


def finish(one: ActivityImport, reason: str | None = None) -> None:
    """Note that an import is read, or why it can't be, and delete what was sent."""
    if one.upload:
        storage.delete_after_commit(one.upload)
    one.upload, one.reason, one.done_at = None, reason, clock.now()
    if queries.has_tracks_to_cut(one.person_id):
        enqueue("activity_files.cut", person_id=one.person_id)
    _tell(one)


def delete_old_imports() -> None:
    """Delete what became of files after thirty days; the activities stay."""
    old = ActivityImport.done_at < clock.now() - KEPT
    db.session.execute(delete(ActivityImport).where(old).execution_options(synchronize_session=False))


def _store(one: ActivityImport, content: bytes, read: Sequence[ReadActivity]) -> dict[str, object]:
    """Store the activities of a file, and return the columns that tell of it: of several, those of the best fate."""
    digest = hashlib.sha256(content).hexdigest()
    fates: dict[str, uuid.UUID] = {}
    for number, activity in enumerate(read):
        fate, activity_id = _store_activity(one, content, digest, number, activity)
        fates.setdefault(fate, activity_id)
    fate = next(fate for fate in (MADE, ADDED, SAME) if fate in fates)
    return {"fate": fate, "reason": None, "activity_id": fates[fate]}


def _store_activity(
    one: ActivityImport, content: bytes, digest: str, number: int, read: ReadActivity
) -> tuple[str, uuid.UUID]:
    person = db.session.get_one(Person, one.person_id)
    known = queries.track_with(person.id, digest, number)
    if known is not None:
        return SAME, known
    there = queries.activity_at(person.id, read.started_at, read.ended_at)
    if there is not None and there.has_track:
        return SAME, there.activity.id
    if there is not None:
        fate, activity = ADDED, there.activity
        activity.distance_m = activity.distance_m or read.distance_m
        activity.climb_m = read.climb_m if activity.climb_m is None else activity.climb_m
    else:
        fate, activity = MADE, _new_activity(person, read)
        db.session.add(activity)
    _set_visible(activity, read.visible)
    log_activity(activity)
    _add_track(person, activity, content, digest, number, read)
    return fate, activity.id


def _add_track(
    person: Person, activity: Activity, content: bytes, digest: str, number: int, read: ReadActivity
) -> None:
    file = f"{FOLDER}/{activity.id}/{digest[:16]}-{number}.gz"
    storage.put(file, gzip.compress(content, mtime=0))
    db.session.add(
        ActivityTrack(
            person_id=person.id,
            activity_id=activity.id,
            file=file,
            extension=extension_of(content),
            digest=digest,
            number=number,
            moving_s=round(read.sums.moving_s),
            heart_mean=read.sums.heart_mean,
            heart_most=read.sums.heart_most,
            sums=as_json(read.sums),
            course=read.sums.course.drawing if read.sums.course else None,
            visible=read.visible.as_json if read.visible else None,
            zones=read.zones,
        )
    )
    db.session.flush()


def _new_activity(person: Person, read: ReadActivity) -> Activity:
    return Activity(
        person_id=person.id,
        kind=read.kind,
        started_at=read.started_at,
        ended_at=read.ended_at,
        timezone=person.timezone,
        day=read.started_at.astimezone(ZoneInfo(person.timezone)).date(),
        duration_s=read.duration_s,
        distance_m=read.distance_m,
        climb_m=read.climb_m,
        gear_id=usual_gear(person.id, read.kind),
        **choices_of(person.id),
    )


def _set_visible(activity: Activity, visible: VisiblePart | None) -> None:
    activity.visible_duration_s = visible.duration_s if visible else None
    activity.visible_distance_m = visible.distance_m if visible else None
    activity.visible_climb_m = visible.climb_m if visible else None


def store_cut(track_id: uuid.UUID, read: ReadActivity | None, zones: int) -> None:
    """Store what others may see of a track, cut with so many zones; no line if it could not be read again.

    Where nothing is left of a line that others saw, they keep its numbers: the whole ones would measure what was hidden.
    """
    track = queries.locked_track(track_id)
    if track is None or track.zones >= zones:
        return
    track.zones = zones
    if read is not None and read.visible is not None:
        track.visible = read.visible.as_json
        _set_visible(track.activity, read.visible)
    elif track.visible is not None:
        track.visible = {**track.visible, "course": None}
    db.session.flush()


def forget_files(person: Person) -> None:
    """Delete the files of a person who is erased."""
    for name in db.session.scalars(select(ActivityTrack.file).where(ActivityTrack.person_id == person.id)):
        storage.delete_after_commit(name)
    uploads = select(ActivityImport.upload).where(
        ActivityImport.person_id == person.id, ActivityImport.upload.is_not(None)
    )
    for upload in db.session.scalars(uploads):
        storage.delete_after_commit(str(upload))


def _tell(one: ActivityImport) -> None:
    publish_to_people([one.person_id], "import")


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You sent many files today. Try again tomorrow, or send them as one ZIP."), seconds, "file")
