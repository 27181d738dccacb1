"""Adding a file, what the check of the worker makes of it, and deleting it."""

import hashlib
import re
import secrets
import uuid
from collections.abc import Iterable
from typing import IO

from sqlalchemy import delete

from hampa.files.models import (
    FILES_A_DAY,
    LONGEST_NAME,
    MEGABYTES,
    MOST_BYTES,
    MOST_BYTES_IN_ALL,
    MOST_FILES,
    READY,
    REFUSED,
    REFUSED_KEPT,
    RemovedFile,
    StoredFile,
)
from hampa.files.queries import files as queries
from hampa.files.queries.owners import owner_for, tell_change
from hampa.people.models import Person
from hampa.people.queries import lock_people
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import DomainError, Forbidden, NotFound, Refused, TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, number
from hampa.platform.media import documents, storage
from hampa.platform.security.virus_scanning import scans
from hampa.platform.texts.cleaning import UncleanText, clean_line

FOLDER = "documents"
ADDED = "file_added"
CHUNK = 1 << 16
_NO_NAME = re.compile(r'[<>:"|?*\x00-\x1f]')


class FileTooLarge(DomainError):
    """The file is larger than files may be."""

    status = 413
    name = "FILE_TOO_LARGE"


class InvalidFileType(DomainError):
    """The file is of no kind that is kept, whatever it is called."""

    status = 415
    name = "INVALID_FILE_TYPE"


def add_file(person: Person, kind: str, owner_id: uuid.UUID, source: IO[bytes], name: str) -> StoredFile:
    """Keep a file with something to which a person adds; the worker checks it before anybody gets it.

    Raise NotFound, Forbidden, FileTooLarge, InvalidFileType, Refused when the person's room is used up, TooFast, and
    `storage.StorageFull`.
    """
    owner = owner_for(person, kind, owner_id)
    if not owner.may_add:
        raise Forbidden(_("You can only view this. Ask its owner to let you add to it."))
    size, digest = _measured(source)
    type_ = documents.kind_of(source)
    if type_ is None:
        raise InvalidFileType(
            _("PDF, PNG, JPEG, Word (DOCX), text, GPX and FIT work; this file is something else."), "file"
        )
    limit(person, "files.added", FILES_A_DAY, per="day", error=_too_many)
    lock_people(person.id)  # two files at once must not both take the last room
    use = queries.use_of(person)
    if use.count >= MOST_FILES or use.size + size > MOST_BYTES_IN_ALL:
        raise Refused(
            _(
                "There's no room for more here: %(count)s files or %(most)s MB is the most. Delete some first.",
                count=number(MOST_FILES),
                most=number(MOST_BYTES_IN_ALL // 1_000_000),
            ),
            "file",
        )
    file = StoredFile(
        id=ids.new_id(),
        owner_kind=kind,
        owner_id=owner_id,
        uploader_id=person.id,
        name=_named(name, type_),
        kind=type_,
        size=size,
        digest=digest,
    )
    file.object_name = _new_object(file.id)
    storage.put(file.object_name, source)
    db.session.add(file)
    db.session.flush()
    enqueue("files.check", file_id=file.id)
    tell_change(person, kind, owner_id, ADDED)
    return file


def settle(file: StoredFile, content: bytes | None, *, is_scanned: bool) -> None:
    """Hand a file out that was checked, with its `content` where that is not what was sent."""
    if content is not None:
        file.object_name = _new_object(file.id)
        storage.put(file.object_name, content)
        file.size = max(1, len(content))
    file.state = READY
    if is_scanned:
        file.scanned_at = clock.now()
    db.session.flush()


def refuse(file: StoredFile, reason: str) -> None:
    """Delete the content of a file that is not to be handed out, and note why; its person sees that for a while."""
    file.state, file.reason, file.object_name, file.scanned_at = REFUSED, reason, None, None
    db.session.flush()
    enqueue("files.remove")


def delete_file(person: Person, file_id: uuid.UUID) -> None:
    """Delete a file of the person's own, or of something that is theirs. Raise NotFound and Forbidden."""
    file = queries.file_for(person, file_id)
    if not may_delete(person, file):
        raise Forbidden(_("Only whoever added this file or owns the plan can delete it."))
    db.session.delete(file)
    db.session.flush()
    enqueue("files.remove")


def may_delete(person: Person, file: StoredFile) -> bool:
    """Return whether a person deletes a file that they see."""
    if file.uploader_id == person.id:
        return True
    try:
        return owner_for(person, file.owner_kind, file.owner_id).manages
    except (NotFound, Forbidden):
        return False


def forget_refused() -> None:
    """Delete what was refused a month ago, and give up what could not be scanned."""
    old = StoredFile.state == REFUSED, StoredFile.updated_at < clock.now() - REFUSED_KEPT
    db.session.execute(delete(StoredFile).where(*old).execution_options(synchronize_session=False))
    for file in queries.files_given_up():
        refuse(file, "unscanned" if scans() else "broken")


def forget_removed(removed: Iterable[uuid.UUID]) -> None:
    """Note that the storage has deleted these."""
    gone = delete(RemovedFile).where(RemovedFile.id.in_(list(removed)))
    db.session.execute(gone.execution_options(synchronize_session=False))


def _measured(source: IO[bytes]) -> tuple[int, str]:
    """Return the size and the digest of a file. Raise FileTooLarge, and InvalidFileType for an empty one."""
    digest, size = hashlib.sha256(), 0
    source.seek(0)
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > MOST_BYTES:
            raise FileTooLarge(_("At most %(most)s MB.", most=number(MEGABYTES)), "file")
        digest.update(chunk)
    source.seek(0)
    if not size:
        raise InvalidFileType(_("This file is empty."), "file")
    return size, digest.hexdigest()


def _named(name: str, kind: str) -> str:
    """Return the name of a file without folders and tricks, with the ending of its kind."""
    try:
        name = clean_line(_NO_NAME.sub("", re.split(r"[/\\]", name)[-1])).strip(". ")
    except UncleanText:
        name = ""
    stem, _dot, ending = name.rpartition(".")
    endings = documents.ENDINGS[kind]
    if not stem or ending.lower() not in endings:
        stem, ending = name, endings[0]
    ending = ending.lower()
    return f"{(stem or kind)[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def _new_object(file_id: uuid.UUID) -> str:
    return f"{FOLDER}/{file_id}/{secrets.token_hex(8)}"


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You added many files today. Try again tomorrow."), seconds, "file")
