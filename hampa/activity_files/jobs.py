"""Reading files in the worker, one after the other: a worker that dies goes on with the file it was at."""

import gzip
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hampa.activity_files import actions
from hampa.activity_files.queries import files as queries
from hampa.activity_files.queries.archives import Archive, spooled
from hampa.activity_files.queries.exports import ExportArchive, ExportedItem
from hampa.activity_files.queries.previews import preview_of
from hampa.activity_files.queries.reading import ReadActivity, read_activities, without_zones
from hampa.people.actions import ensure_hidden_zones
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.jobs import enqueue, job, renew_lease
from hampa.platform.media import storage

log = logging.getLogger(__name__)


SLICE_S = 60
"""After how many seconds a job lets others go first: an archive takes up to an hour."""
MOST_S = 3_600
"""The limit of seconds that all files of an import take to be read."""


@job("activity_files.read", lease=timedelta(minutes=10))
def read_import(import_id: uuid.UUID, spent_s: int = 0) -> None:
    """Read files of an import that are not read yet, each in a transaction of its own; `spent_s` went into those before.

    What is not read within a slice is left to another job.
    """
    one = queries.locked_import(import_id)
    if one is None or one.upload is None:
        return
    upload, name, has_agreed = one.upload, one.name, one.agreed_at is not None
    db.session.commit()  # no connection is held while a file is read
    try:
        home = str(settings().home)
        with spooled(storage.open_file(upload).stream, home) as file, Archive(file, name, home) as archive:
            export = ExportArchive(archive) if archive.is_export else None
            if export is not None and not has_agreed:
                _preview(import_id, export)
                return
            goes_on = _read_files(import_id, export or archive, spent_s)
        if goes_on:
            return
        reason = None
    except FileNotFoundError:
        reason = "failed"
    except storage.StorageFull:
        reason = "full"
    except UnreadableRoute as error:
        reason = error.reason
    one = queries.locked_import(import_id)
    if one is not None:
        actions.finish(one, reason)
    db.session.commit()


def _preview(import_id: uuid.UUID, archive: ExportArchive) -> None:
    """Keep what a copy would bring, and let its person say whether it is taken over."""
    one = queries.locked_import(import_id)
    if one is not None and one.agreed_at is None:
        actions.keep_preview(one, preview_of(db.session.get_one(Person, one.person_id), archive))
    db.session.commit()


def _read_files(import_id: uuid.UUID, archive: Archive | ExportArchive, spent_s: int) -> bool:
    """Read files, and return whether another job goes on. Raise UnreadableRoute when they have taken too long."""
    begun, count = time.thread_time(), 0
    while True:
        here_s = time.thread_time() - begun
        if spent_s + here_s > MOST_S:
            raise UnreadableRoute("too_many")
        one = queries.locked_import(import_id)
        if one is None:
            return False
        if not one.files:
            actions.begin(one, len(archive.names))
        place, person_id = one.place, one.person_id
        goes_on = place < len(archive.names)
        if goes_on and count and here_s > SLICE_S:
            enqueue("activity_files.read", import_id=import_id, spent_s=spent_s + round(here_s))
            db.session.commit()
            return True
        db.session.commit()
        if not goes_on:
            return False
        item: ExportedItem | str = ""
        if isinstance(archive, ExportArchive):
            item = _read_item(archive, place)
            if not isinstance(item, str) and item.read is not None:
                item = replace(item, read=_cut(person_id, [item.read])[0])
        else:
            content, read = _read_file(archive, place)
            if not isinstance(read, str):
                read = _cut(person_id, read)
        one = queries.locked_import(import_id)
        if one is None or one.place != place:
            db.session.rollback()
            continue
        if isinstance(archive, ExportArchive):
            actions.store_item(one, archive.names[place], item)
        else:
            actions.store_file(one, archive.names[place], content, read)
        count += 1
        renew_lease()
        db.session.commit()


def _read_file(archive: Archive, place: int) -> tuple[bytes, Sequence[ReadActivity] | str]:
    """Return the content of a file and its activities, or the reason why there are none."""
    try:
        content = archive.read(place)
        return content, read_activities(content)
    except UnreadableRoute as error:
        return b"", error.reason
    except Exception:  # one file out of a thousand must not keep the others from being read
        log.exception("a file of an import could not be read")
        return b"", "failed"


def _read_item(archive: ExportArchive, place: int) -> ExportedItem | str:
    """Return what a copy has at a place, or the reason why there is nothing."""
    try:
        return archive.item(place)
    except UnreadableRoute as error:
        return error.reason
    except Exception:  # as with files
        log.exception("an entry of a copy could not be read")
        return "failed"


def _cut(person_id: uuid.UUID, read: Sequence[ReadActivity]) -> Sequence[ReadActivity]:
    """Return the activities of a person with what others may see of each, after their hidden zones are there."""
    places = [place for one in read for place in one.ends or ()]
    if not places:
        return read
    zones = ensure_hidden_zones(person_id, places)
    db.session.commit()  # no connection is held while lines are cut
    return [without_zones(one, zones) for one in read]


@job("activity_files.cut", lease=timedelta(minutes=10))
def cut_tracks(person_id: uuid.UUID) -> None:
    """Cut the tracks of a person again that were cut before their last hidden zone was drawn."""
    while True:
        zones = ensure_hidden_zones(person_id, ())
        waiting = queries.tracks_to_cut(person_id, len(zones))
        db.session.commit()
        if not waiting:
            return
        for track in waiting:
            read = _read_again(track)
            actions.store_cut(track.id, without_zones(read, zones) if read is not None else None, len(zones))
            renew_lease()
            db.session.commit()


def _read_again(track: queries.TrackFile) -> ReadActivity | None:
    """Return the activity of a track from its file; None if a restored backup lacks it."""
    try:
        with storage.open_file(track.file).stream as stream:
            return read_activities(gzip.decompress(stream.read()))[track.number]
    except (FileNotFoundError, UnreadableRoute, IndexError):
        log.exception("the file of a track could not be read again")
        return None


@job("activity_files.sweep", every=timedelta(hours=6), lease=timedelta(minutes=30))
def sweep() -> None:
    """Give up on files that nobody reads, forget old imports, have tracks cut, and delete files that belong to nothing."""
    now = clock.now()
    for import_id in queries.waiting_since(now - queries.STUCK):
        one = queries.locked_import(import_id)
        if one is not None:
            actions.finish(one, "failed")
        db.session.commit()
    actions.delete_old_imports()
    actions.delete_unanswered()
    for person_id in queries.people_with_tracks_to_cut():
        enqueue("activity_files.cut", person_id=person_id)
    db.session.commit()
    storage.delete_orphans(actions.FOLDER, now, queries.existing_activities)
    db.session.commit()
