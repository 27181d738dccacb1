"""Files that people gave us and those we made of them, on disk below the home (`HAMPA_HOME`/files).

Names are made by us alone, never by who uploads. A file appears whole or not at all, and is deleted by a job, so
that one that a rolled-back transaction still needs is there. Web and worker share the folder: machines that share
none can't share the work either.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO

from hampa.platform.config import settings
from hampa.platform.errors import DomainError
from hampa.platform.jobs import enqueue, job

UPLOADS = "uploads"
"""What was sent and nobody has read yet."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)*(?:\.[a-z0-9]{1,5})?")
CHUNK = 1 << 16
YOUNG = timedelta(days=1)
"""What was written lately may belong to a transaction that is not committed yet."""
AT_ONCE = 500
FULL = (errno.ENOSPC, errno.EDQUOT)

log = logging.getLogger(__name__)


class Full(DomainError):
    """There is no room left for files."""

    status = 507


def path(name: str) -> Path:
    """Where the file of a name is, or would be. Raises `ValueError` for a name that is none of ours."""
    if len(name) > 200 or not NAME.fullmatch(name):
        raise ValueError(f"not the name of a file: {name[:40]!r}")
    return settings().home / "files" / name


def put(name: str, source: bytes | IO[bytes]) -> int:
    """Keep a file under a name, in place of what was there; its size in bytes. Raises `Full`."""
    with writing(name) as file:
        if isinstance(source, bytes):
            file.write(source)
        else:
            shutil.copyfileobj(source, file, CHUNK)
        return file.tell()


@contextmanager
def writing(name: str) -> Iterator[IO[bytes]]:
    """A file to be written bit by bit, which is kept under a name once all of it is there. Raises `Full`."""
    target = path(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    # A dot begins no name of ours: what a killed process leaves of it is never taken for a file.
    unfinished = target.parent / f".{secrets.token_hex(8)}"
    try:
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException as error:
        unfinished.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            log.error("no room left for files below %s", target.parent)
            raise Full from error
        raise


def copy(name: str, to: str) -> None:
    """Keep a file under another name too. Raises `FileNotFoundError`, and `Full`."""
    with path(name).open("rb") as source:
        put(to, source)


def keep_upload(source: IO[bytes]) -> str:
    """Keep what somebody sent until the worker has read it; its name. Raises `Full`."""
    name = f"{UPLOADS}/{secrets.token_hex(16)}"
    put(name, source)
    return name


def exists(name: str) -> bool:
    """Whether there is a file of this name."""
    return path(name).is_file()


def delete_now(name: str) -> None:
    """Delete a file, or a folder with all that is in it. What is not there is deleted already."""
    target = path(name)
    if target.is_dir():
        shutil.rmtree(target, ignore_errors=True)
    else:
        target.unlink(missing_ok=True)


def forget(name: str) -> None:
    """Delete a file or a folder once this transaction is committed."""
    enqueue("storage.forget", name=name)


@job("storage.forget")
def forget_file(name: str) -> None:
    """Delete a file, or a folder with all that is in it."""
    delete_now(name)


def delete_strays(folder: str, now: datetime, known: Callable[[list[str]], set[str]]) -> None:
    """Delete what is right below a folder, was not written to lately, and is of nothing that is `known` any more."""
    before = now - YOUNG
    old = (name for name, written_at in listed(folder) if written_at < before)
    while names := list(islice(old, AT_ONCE)):
        for name in set(names) - known(names):
            if _untouched_since(before, path(folder) / name):  # still: a file may have come meanwhile
                delete_now(f"{folder}/{name}")


def delete_orphans(folder: str, now: datetime, living: Callable[[list[uuid.UUID]], Iterable[uuid.UUID]]) -> None:
    """Delete the folders named by an id of which nothing is `living` any more. What is named otherwise is not ours."""

    def known(names: list[str]) -> set[str]:
        ids = {name: _id_in(name) for name in names}
        alive = set(living([found for found in ids.values() if found]))
        return {name for name, found in ids.items() if found is None or found in alive}

    delete_strays(folder, now, known)


def _id_in(name: str) -> uuid.UUID | None:
    try:
        found = uuid.UUID(name)
    except ValueError:
        return None
    return found if str(found) == name else None


def _untouched_since(then: datetime, there: Path) -> bool:
    try:
        return datetime.fromtimestamp(there.stat().st_mtime, UTC) < then
    except FileNotFoundError:
        return False


def listed(folder: str) -> Iterator[tuple[str, datetime]]:
    """The names right below a folder, in no order, each with when it was last written to; unfinished files too."""
    top = path(folder)
    with suppress(FileNotFoundError), os.scandir(top) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                yield entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC)
