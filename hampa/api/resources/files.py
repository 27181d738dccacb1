"""Files that are kept with plans and athletes: what there is, adding one, fetching it and deleting it."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import Response, url_for
from typing_extensions import TypedDict
from werkzeug.datastructures import FileStorage

from hampa.api.shapes import Summary, summary_as_data
from hampa.coaching.queries.owners import ATHLETE
from hampa.files import actions
from hampa.files.forms import REASON_WORDS
from hampa.files.models import KINDS, MEGABYTES, MOST_BYTES_IN_ALL, MOST_FILES, REASONS, STATES, StoredFile
from hampa.files.queries import files as queries, links
from hampa.files.queries.owners import owner_for
from hampa.platform.api.answers import Created
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import OneOf, Paging
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import headers, uploads
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("files", _l("Files"), scope="training")

OCTETS = "application/octet-stream"
Kind = Annotated[str, OneOf(*KINDS)]
State = Annotated[str, OneOf(*STATES)]
Reason = Annotated[str, OneOf(*REASONS)]


class StoredFileData(TypedDict):
    """A file; `size` is in bytes. It is fetched once it is `ready`; `reason` says why it was `refused`."""

    id: uuid.UUID
    owner_kind: str
    owner_id: uuid.UUID
    name: str
    kind: Kind
    size: int
    state: State
    reason: Reason | None
    message: str
    is_fetched: bool
    created_at: datetime
    updated_at: datetime
    version: int


class SharedFileData(StoredFileData):
    """A file of something, with who added it."""

    uploader: Summary


class FileLinkData(TypedDict):
    """A link to the content of a file: whoever has it gets the file for you until `ends_at`, while you may see it."""

    url: str
    ends_at: datetime


class FileUseData(TypedDict):
    """How many files you keep, and their bytes in all, with how many and how much there is room for."""

    files: int
    size: int
    most_files: int
    most_size: int


@resource.get("/me/files")
def list_own_files(query: Paging) -> Page[StoredFileData]:
    """List the files that you keep, the latest first."""
    return queries.files_added_by(me(), query.after, query.limit).of_rows(_file)


@resource.get("/me/files/use")
def read_file_use() -> FileUseData:
    """Return how much of your room for files is used."""
    use = queries.use_of(me())
    return {"files": use.count, "size": use.size, "most_files": MOST_FILES, "most_size": MOST_BYTES_IN_ALL}


@resource.get("/files/<owner_kind>/<uuid:owner_id>")
def list_files(owner_kind: str, owner_id: uuid.UUID, query: Paging) -> Page[SharedFileData]:
    """List the files of something to which you belong, such as `plan`, the latest first."""
    owner = owner_for(me(), owner_kind, owner_id)
    return queries.files_of(me(), owner, query.after, query.limit).of_rows(_shared)


@resource.post(
    "/files/<owner_kind>/<uuid:owner_id>",
    takes_file="file",
    megabytes=MEGABYTES + 1,
    statuses=(413, 415),
    needs_name=True,
)
def add_file(owner_kind: str, owner_id: uuid.UUID, file: FileStorage) -> Created[StoredFileData]:
    """Add a PDF, PNG, JPEG, DOCX, text, GPX or FIT file of up to 10 MB. It is checked before anybody gets it."""
    made = actions.add_file(me(), owner_kind, owner_id, file.stream, file.filename or "")
    return Created(_file(made), f"/files/{made.id}")


@resource.get("/athletes/<uuid:athlete_id>/files")
def list_files_of_athlete(athlete_id: uuid.UUID, query: Paging) -> Page[SharedFileData]:
    """List the files of an athlete whom you coach, or those that your coaches keep for you."""
    return list_files(ATHLETE, athlete_id, query)


@resource.post(
    "/athletes/<uuid:athlete_id>/files",
    takes_file="file",
    megabytes=MEGABYTES + 1,
    statuses=(413, 415),
    needs_name=True,
)
def add_file_of_athlete(athlete_id: uuid.UUID, file: FileStorage) -> Created[StoredFileData]:
    """Add a file to an athlete whom you coach, which all their coaches and the athlete fetch."""
    return add_file(ATHLETE, athlete_id, file)


@resource.get("/files/<uuid:file_id>")
def read_file(file_id: uuid.UUID) -> StoredFileData:
    """Return what there is to know of a file."""
    return _file(queries.file_for(me(), file_id))


@resource.get("/files/<uuid:file_id>/link")
def make_file_link(file_id: uuid.UUID) -> FileLinkData:
    """Return a link to the content of a file that is good for five minutes."""
    file = _fetched(file_id)
    token, ends_at = links.make_link(me(), file.id)
    return {"url": url_for("files.content", file_id=file.id, file_token=token, _external=True), "ends_at": ends_at}


@resource.get("/files/<uuid:file_id>/content", produces=OCTETS)
def fetch_file(file_id: uuid.UUID) -> Response:
    """Fetch the content of a file."""
    file = _fetched(file_id)
    answer = uploads.send(str(file.object_name), OCTETS, download_name=file.name, keep="private, no-store")
    return headers.sandbox(answer)


@resource.delete("/files/<uuid:file_id>", locks=StoredFile)
def delete_file(file_id: uuid.UUID) -> None:
    """Delete a file that you added, or one of something that is yours."""
    actions.delete_file(me(), file_id)


def _fetched(file_id: uuid.UUID) -> StoredFile:
    file = queries.file_for(me(), file_id)
    if not queries.is_handed_out(file):
        raise NotFound(_("It hasn't been checked yet. Come back in a minute."))
    return file


def _shared(row: queries.FileRow) -> SharedFileData:
    return {**_file(row.file), "uploader": summary_as_data(row.uploader)}


def _file(file: StoredFile) -> StoredFileData:
    return {
        "id": file.id,
        "owner_kind": file.owner_kind,
        "owner_id": file.owner_id,
        "name": file.name,
        "kind": file.kind,
        "size": file.size,
        "state": file.state,
        "reason": file.reason,
        "message": str(REASON_WORDS[file.reason]) if file.reason else "",
        "is_fetched": queries.is_handed_out(file),
        "created_at": file.created_at,
        "updated_at": file.updated_at,
        "version": file.version,
    }
