"""What the worker does with files: checks and scans them, and deletes what the storage has of deleted ones."""

import io
import logging
import uuid
from datetime import timedelta

from hampa.files import actions
from hampa.files.queries import files as queries
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import enqueue, job
from hampa.platform.media import documents, storage
from hampa.platform.media.documents import UnacceptableFile
from hampa.platform.security.virus_scanning import find_virus, scans

log = logging.getLogger(__name__)


@job("files.check", lease=timedelta(minutes=4))
def check_file(file_id: uuid.UUID) -> None:
    """Check a file by its content and have it scanned; ClamAV that does not answer raises, and the job comes again."""
    file = queries.file_to_check(file_id)
    if file is None or file.object_name is None:
        db.session.commit()
        return
    name, kind = file.object_name, file.kind
    db.session.commit()  # no connection is held while a file is read and scanned
    reason, content, kept = None, b"", b""
    try:
        content = storage.read(name)
        kept = documents.inspected(kind, content)
    except FileNotFoundError:
        reason = "broken"
    except UnacceptableFile as error:
        reason = error.reason
    is_scanned = False
    if reason is None and scans():
        if virus := find_virus(io.BytesIO(content)):
            log.warning("a file was refused: ClamAV found %s", virus)
            reason = "virus"
        is_scanned = True
    file = queries.file_to_check(file_id)
    if file is not None and file.object_name == name:
        if reason is not None:
            actions.refuse(file, reason)
        else:
            actions.settle(file, kept if kept != content else None, is_scanned=is_scanned)
            enqueue("files.remove")
    db.session.commit()


@job("files.remove", every=timedelta(minutes=10), lease=timedelta(minutes=10))
def remove_objects() -> None:
    """Delete what the storage has of files that are gone; what fails is tried again."""
    while removed := queries.removed_objects():
        db.session.commit()
        for _id, name in removed:
            storage.delete_now(name)
        actions.forget_removed(id_ for id_, _name in removed)
        db.session.commit()
        if len(removed) < queries.BATCH:
            break
    db.session.commit()


@job("files.sweep", every=timedelta(hours=1), lease=timedelta(minutes=30))
def sweep() -> None:
    """Have files checked that nobody looked at, forget refused ones, and delete objects that no file names."""
    for file_id in queries.files_stuck():
        enqueue("files.check", file_id=file_id)
    actions.forget_refused()
    db.session.commit()
    storage.delete_orphans(actions.FOLDER, clock.now(), queries.existing_files)
    db.session.commit()
