"""The storage of files: on disk below `HAMPA_HOME`/files, or in an S3 bucket.

Names never come from users. A file appears whole or not at all, and is deleted by a job, so that a rolled-back
transaction still finds its files. Web and worker share the disk or the bucket; only this module knows which it is.
obstore is imported at the first use (4 MB).

The threads of obstore do not survive a fork: a process that has used the storage must not fork one that does.
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
"""The folder of uploads that the worker has not read yet."""
NAME = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)*(?:\.[a-z0-9]{1,5})?")
CHUNK = 1 << 16
YOUNG = timedelta(days=1)
"""The age below which a file may belong to a transaction that is not committed yet."""
BATCH = 500
FULL = (errno.ENOSPC, errno.EDQUOT)
S3_TIMEOUTS: ClientConfig = {"connect_timeout": "5s", "timeout": "60s"}
S3_RETRIES: RetryConfig = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}

log = logging.getLogger(__name__)


class StorageFull(DomainError):
    """The storage has no room left."""

    status = 507


class _RawReader(io.RawIOBase):
    """A file of obstore as a raw stream of Python's."""

    def __init__(self, file: ReadableFile) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._file.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file open for reading; `size` is in bytes, `tag` changes with the content."""

    stream: IO[bytes]
    size: int
    written_at: datetime
    tag: str


def put(name: str, source: bytes | IO[bytes]) -> None:
    """Store a file, replacing the one of that name. Raise StorageFull if there is no room."""
    try:
        _store().put(_checked(name), source)
        if _on_disk():
            with (_folder() / name).open("rb") as file:
                os.fsync(file.fileno())  # the database must not name a file that is lost when the power is cut
    except Exception as error:
        if not any(os.strerror(number) in str(error) for number in FULL):  # obstore gives no number, only words
            raise
        log.error("no room left for files")
        raise StorageFull from error


@contextmanager
def open_for_writing(name: str) -> Iterator[IO[bytes]]:
    """Yield a file to write to, which is stored once the block has ended. Raise StorageFull if there is no room."""
    try:
        with tempfile.TemporaryFile(dir=settings().home) as file:
            yield file
            file.seek(0)
            put(_checked(name), file)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StorageFull from error


def open_file(name: str) -> StoredFile:
    """Return a file open for reading. Raise FileNotFoundError if there is none."""
    from obstore import open_reader

    store = _store()
    meta = store.head(_checked(name))
    raw = _RawReader(open_reader(store, name, buffer_size=CHUNK, size=meta["size"]))
    tag = (meta["e_tag"] or "").strip('"')
    return StoredFile(io.BufferedReader(raw, CHUNK), meta["size"], meta["last_modified"], tag)


def read(name: str) -> bytes:
    """Return the content of a file. Raise FileNotFoundError if there is none."""
    return bytes(_store().get(_checked(name)).bytes())


def copy(name: str, to: str) -> None:
    """Store a copy of a file under another name. Raise FileNotFoundError if there is none, StorageFull if there is no room."""
    put(to, read(name))


def save_upload(source: IO[bytes]) -> str:
    """Store an upload for the worker, and return its name. Raise StorageFull if there is no room."""
    name = f"{UPLOADS}/{secrets.token_hex(16)}"
    put(name, source)
    return name


def exists(name: str) -> bool:
    """Return whether there is a file of this name."""
    return _written_at(_checked(name)) is not None


def delete_now(name: str) -> None:
    """Delete a file, or a folder with all its files; a missing one is no error."""
    paths = [meta["path"] for chunk in _store().list(_checked(name)) for meta in chunk]
    for path in paths or [name]:
        with suppress(FileNotFoundError):
            _store().delete(path)


def delete_after_commit(name: str) -> None:
    """Delete a file or a folder once this transaction is committed."""
    enqueue("storage.forget", name=name)


@job("storage.forget")
def delete_in_job(name: str) -> None:
    """Delete a file, or a folder with all its files."""
    delete_now(name)


@job("storage.sweep", every=timedelta(days=1))
def sweep() -> None:
    """Delete half-written files of killed processes on disk, which no list shows; a bucket has its own rules for that."""
    if _on_disk():
        before = (clock.now() - YOUNG).timestamp()
        for path in _folder().rglob("*#*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()


def delete_strays(folder: str, now: datetime, known: Callable[[list[str]], set[str]]) -> None:
    """Delete the files and folders right below a folder that are not young and not `known`."""
    before = now - YOUNG
    old = iter([name for name, written_at in list_folder(folder) if written_at < before])
    while names := list(islice(old, BATCH)):
        for name in set(names) - known(names):
            if _untouched_since(before, f"{folder}/{name}"):  # still: a file may have been added meanwhile
                delete_now(f"{folder}/{name}")


def delete_orphans(folder: str, now: datetime, existing: Callable[[list[uuid.UUID]], Iterable[uuid.UUID]]) -> None:
    """Delete the folders named by an id that is not among the `existing` ones, and no others."""

    def known(names: list[str]) -> set[str]:
        ids = {name: _id_in(name) for name in names}
        kept = set(existing([id_ for id_ in ids.values() if id_]))
        return {name for name, id_ in ids.items() if id_ is None or id_ in kept}

    delete_strays(folder, now, known)


def names() -> Iterator[str]:
    """Yield the names of all files, unordered."""
    for chunk in _store().list():
        for meta in chunk:
            if NAME.fullmatch(meta["path"]):
                yield meta["path"]


def list_folder(folder: str) -> list[tuple[str, datetime]]:
    """Return the names right below a folder, unordered, each with the time of its, or its files', last change."""
    newest: dict[str, datetime] = {}
    for chunk in _store().list(_checked(folder)):
        for meta in chunk:
            name = meta["path"].removeprefix(f"{folder}/").partition("/")[0]
            newest[name] = max(meta["last_modified"], newest.get(name, meta["last_modified"]))
    return list(newest.items())


def _id_in(name: str) -> uuid.UUID | None:
    try:
        id_ = uuid.UUID(name)
    except ValueError:
        return None
    return id_ if str(id_) == name else None


def _written_at(name: str) -> datetime | None:
    try:
        return _store().head(name)["last_modified"]
    except FileNotFoundError:
        return None


def _untouched_since(before: datetime, name: str) -> bool:
    times = [written_at for _name, written_at in list_folder(name)]
    if written_at := _written_at(name):
        times.append(written_at)
    return bool(times) and max(times) < before


def _checked(name: str) -> str:
    """Return a name of a file. Raise ValueError for a name that cannot be ours."""
    if len(name) > 200 or not NAME.fullmatch(name):
        raise ValueError(f"not the name of a file: {name[:40]!r}")
    return name


def _on_disk() -> bool:
    return not settings().s3_bucket


def _folder() -> Path:
    return settings().home / "files"


def _store() -> LocalStore | S3Store:
    return _disk(_folder()) if _on_disk() else _bucket(settings())


@lru_cache(maxsize=2)
def _disk(folder: Path) -> LocalStore:
    from obstore.store import LocalStore

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # whole routes, and copies of all that is known of a person
    return LocalStore(folder, automatic_cleanup=True)


@lru_cache(maxsize=2)
def _bucket(config: Settings) -> S3Store:
    from obstore.store import S3Store

    return S3Store(
        config.s3_bucket,
        endpoint=config.s3_endpoint or None,
        region=config.s3_region,
        access_key_id=config.s3_key or None,
        secret_access_key=config.s3_secret or None,
        client_options={**S3_TIMEOUTS, "allow_http": config.s3_endpoint.startswith("http://")},
        retry_config=S3_RETRIES,
    )
