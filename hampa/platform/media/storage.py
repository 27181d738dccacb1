"""Files that people gave us and those we made of them: on disk below `HAMPA_HOME`/files, or in an S3 bucket.

Names are made by us alone, never by who uploads. A file appears whole or not at all, and is deleted by a job, so
that one that a rolled-back transaction still needs is there. Web and worker share the disk or the bucket. Nothing
outside of this module knows which: it gets bytes and open files. The library, obstore, is loaded at the first use (4 MB).

The library's threads do not survive a fork: a process that has used the storage must not fork one that does.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import re
import secrets
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from hampa.platform import clock
from hampa.platform.config import Settings, settings
from hampa.platform.errors import DomainError
from hampa.platform.jobs import enqueue, job

if TYPE_CHECKING:
    from obstore import ReadableFile
    from obstore.store import ClientConfig, LocalStore, RetryConfig, S3Store

UPLOADS = "uploads"
"""What was sent and nobody has read yet."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)*(?:\.[a-z0-9]{1,5})?")
CHUNK = 1 << 16
YOUNG = timedelta(days=1)
"""What was written lately may belong to a transaction that is not committed yet."""
AT_ONCE = 500
FULL = (errno.ENOSPC, errno.EDQUOT)
S3_TIMEOUTS: ClientConfig = {"connect_timeout": "5s", "timeout": "60s"}
S3_RETRIES: RetryConfig = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}

log = logging.getLogger(__name__)


class Full(DomainError):
    """There is no room left for files."""

    status = 507


class _Readable(io.RawIOBase):
    """A file of the library's as Python's own, which wants to be filled in place."""

    def __init__(self, file: ReadableFile) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that can be read: `stream` its content, `size` in bytes, `tag` another one for other content."""

    stream: IO[bytes]
    size: int
    written_at: datetime
    tag: str


def put(name: str, source: bytes | IO[bytes]) -> None:
    """Keep a file under a name, in place of what was there. Raises `Full`."""
    try:
        _store().put(_checked(name), source)
        if _on_disk():
            _sync(_folder() / name)
    except Exception as error:
        if not any(os.strerror(number) in str(error) for number in FULL):  # the library has no number, only words
            raise
        log.error("no room left for files")
        raise Full from error


@contextmanager
def writing(name: str) -> Iterator[IO[bytes]]:
    """Yield a file to be written bit by bit, which is kept under a name once all of it is there. Raises `Full`."""
    try:
        with tempfile.TemporaryFile(dir=settings().home) as file:
            yield file
            file.seek(0)
            put(_checked(name), file)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise Full from error


def open_file(name: str) -> StoredFile:
    """Return a file to be read. Raises FileNotFoundError."""
    from obstore import open_reader

    store = _store()
    found = store.head(_checked(name))
    raw = _Readable(open_reader(store, name, buffer_size=CHUNK, size=found["size"]))
    return StoredFile(
        io.BufferedReader(raw, CHUNK), found["size"], found["last_modified"], (found["e_tag"] or "").strip('"')
    )


def read(name: str) -> bytes:
    """Return the content of a file. Raises FileNotFoundError."""
    return bytes(_store().get(_checked(name)).bytes())


def copy(name: str, to: str) -> None:
    """Keep a file under another name too. Raises FileNotFoundError, and `Full`."""
    put(to, read(name))


def keep_upload(source: IO[bytes]) -> str:
    """Keep what somebody sent until the worker has read it, and return its name. Raises `Full`."""
    name = f"{UPLOADS}/{secrets.token_hex(16)}"
    put(name, source)
    return name


def exists(name: str) -> bool:
    """Return whether there is a file of this name."""
    try:
        _store().head(_checked(name))
    except FileNotFoundError:
        return False
    return True


def delete_now(name: str) -> None:
    """Delete a file, or a folder with all that is in it. What is not there is deleted already."""
    names = [found["path"] for chunk in _store().list(_checked(name)) for found in chunk]
    for one in names or [name]:
        with suppress(FileNotFoundError):
            _store().delete(one)


def forget(name: str) -> None:
    """Delete a file or a folder once this transaction is committed."""
    enqueue("storage.forget", name=name)


@job("storage.forget")
def forget_file(name: str) -> None:
    """Delete a file, or a folder with all that is in it."""
    delete_now(name)


@job("storage.sweep", every=timedelta(days=1))
def sweep() -> None:
    """Delete what killed processes left half-written on disk, which is listed nowhere; a bucket has rules for that."""
    if _on_disk():
        before = (clock.now() - YOUNG).timestamp()
        for path in _folder().rglob("*#*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()


def delete_strays(folder: str, now: datetime, known: Callable[[list[str]], set[str]]) -> None:
    """Delete what is right below a folder, was not written to lately, and is not `known`."""
    before = now - YOUNG
    old = iter([name for name, written_at in listed(folder) if written_at < before])
    while names := list(islice(old, AT_ONCE)):
        for name in set(names) - known(names):
            if _untouched_since(before, f"{folder}/{name}"):  # still: a file may have come meanwhile
                delete_now(f"{folder}/{name}")


def delete_orphans(folder: str, now: datetime, living: Callable[[list[uuid.UUID]], Iterable[uuid.UUID]]) -> None:
    """Delete the folders named by an id that is not among the `living`. What is named otherwise is not ours."""

    def known(names: list[str]) -> set[str]:
        ids = {name: _id_in(name) for name in names}
        alive = set(living([found for found in ids.values() if found]))
        return {name for name, found in ids.items() if found is None or found in alive}

    delete_strays(folder, now, known)


def listed(folder: str) -> list[tuple[str, datetime]]:
    """Return the names right below a folder, in no order, each with when it or a file in it was last written to."""
    newest: dict[str, datetime] = {}
    for chunk in _store().list(_checked(folder)):
        for found in chunk:
            name = found["path"].removeprefix(f"{folder}/").partition("/")[0]
            newest[name] = max(found["last_modified"], newest.get(name, found["last_modified"]))
    return list(newest.items())


def _id_in(name: str) -> uuid.UUID | None:
    try:
        found = uuid.UUID(name)
    except ValueError:
        return None
    return found if str(found) == name else None


def _untouched_since(then: datetime, name: str) -> bool:
    below = [written_at for _name, written_at in listed(name)]
    with suppress(FileNotFoundError):
        below.append(_store().head(name)["last_modified"])
    return bool(below) and max(below) < then


def _checked(name: str) -> str:
    """Return the name of a file. Raises `ValueError` for a name that is none of ours."""
    if len(name) > 200 or not NAME.fullmatch(name):
        raise ValueError(f"not the name of a file: {name[:40]!r}")
    return name


def _on_disk() -> bool:
    return not settings().s3_bucket


def _folder() -> Path:
    """Return where files are when they are on disk."""
    return settings().home / "files"


def _sync(path: Path) -> None:
    """Have the disk write a file: what the database says of it must still be true after the power was cut."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _store() -> LocalStore | S3Store:
    return _disk(_folder()) if _on_disk() else _bucket(settings())


@lru_cache(maxsize=2)
def _disk(folder: Path) -> LocalStore:
    from obstore.store import LocalStore

    return LocalStore(folder, mkdir=True, automatic_cleanup=True)


@lru_cache(maxsize=2)
def _bucket(wanted: Settings) -> S3Store:
    from obstore.store import S3Store

    return S3Store(
        wanted.s3_bucket,
        endpoint=wanted.s3_endpoint or None,
        region=wanted.s3_region,
        access_key_id=wanted.s3_key or None,
        secret_access_key=wanted.s3_secret or None,
        client_options={**S3_TIMEOUTS, "allow_http": wanted.s3_endpoint.startswith("http://")},
        retry_config=S3_RETRIES,
    )
