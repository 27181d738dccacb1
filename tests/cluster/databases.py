"""Two PostgreSQL servers: one takes writes, the other streams what it writes, and takes over when it is gone.

Commits wait until the replica has them on its disk, as long as there is one. Whoever acknowledged a commit so finds it
on the replica too. When the replica is away, commits do without it until it is back.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg

from hampa.platform.embedded import POSTGRES_SETTINGS, ROLE_SETTINGS
from hampa.platform.programs import Place, find_program
from tests.bench.servers import free_port
from tests.cluster.programs import ClusterError, Program, wait_until

SETTINGS = POSTGRES_SETTINGS | {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "wal_level": "replica",
    "max_wal_senders": "5",
    "wal_keep_size": "256MB",
    "hot_standby": "on",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "200ms",
}


class Database:
    """One of the two servers, with its folder and port."""

    def __init__(self, place: Place, name: str, password: str, environ: dict[str, str]) -> None:
        self.place, self.name, self.password = place, name, password
        self.port = free_port()
        self.data = place.home / name / "data"
        self.environ = environ
        command = [str(find_program(place, "postgres")), "-D", place.name_of(self.data), "-p", str(self.port)]
        user = place.user
        self.program = Program(
            name, command, place.home / f"{name}.log", environ, self.data,
            user=user.pw_uid if user else None, group=user.pw_gid if user else None, stop_signal=signal.SIGINT,
        )  # fmt: skip

    def make_first(self) -> None:
        """Make an empty database with a password, whose own programs alone know it."""
        self._make_folder()
        with self._password_file() as file:
            self._run("initdb", "-D", ".", "--username=postgres", "--auth=scram-sha-256", f"--pwfile={file}",
                      "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip

        with (self.data / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())

    def copy_from(self, primary: Database) -> None:
        """Copy what another server has, and follow it from now on."""
        self._make_folder()
        connection = f"host=127.0.0.1 port={primary.port} user=postgres password={self.password}"
        self._run("pg_basebackup", "-D", ".", "-d", connection, "-X", "stream", "-c", "fast", "--no-sync")
        signal_file = self.data / "standby.signal"
        signal_file.touch()
        with (self.data / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"primary_conninfo = '{connection} application_name={self.name}'\n")
        self.place.give(signal_file)

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self.program.start()
        wait_until(self.answers, f"{self.name} answers (see {self.program.log})")

    def answers(self) -> bool:
        """Return whether the server answers."""
        if not self.program.runs:
            raise ClusterError(f"{self.name} has ended: see {self.program.log}")
        with contextlib.suppress(psycopg.OperationalError):
            self.ask("SELECT 1")
            return True
        return False

    def ask(self, statement: str, database: str = "postgres") -> object:
        """Return the first value of a statement's answer, as the administrator of the server."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=self.password, dbname=database,
            connect_timeout=5, autocommit=True,
        ) as connection:  # fmt: skip
            answer = connection.execute(statement)  # type: ignore[call-overload]
            row = answer.fetchone() if answer.description else None
        return row[0] if row else None

    def follows(self, name: str) -> bool:
        """Return whether a replica of this name has all that this server wrote, and streams on."""
        return bool(
            self.ask(
                "SELECT count(*) FROM pg_stat_replication"
                f" WHERE application_name = '{name}' AND state = 'streaming' AND flush_lsn IS NOT NULL"
            )
        )

    def wait_for(self, replica: str) -> None:
        """Let each commit wait for the replica of this name, or for none if that is ""."""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{replica}'")
        self.ask("SELECT pg_reload_conf()")

    def _make_folder(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o700)
        self.place.give(self.data)

    @contextlib.contextmanager
    def _password_file(self):  # type: ignore[no-untyped-def]
        path = self.place.sockets / f"password-{secrets.token_hex(4)}"
        path.touch(mode=0o600)
        path.write_text(self.password)
        self.place.give(path)
        yield path
        path.unlink()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(find_program(self.place, program)), *arguments]
        done = subprocess.run(
            command, cwd=self.data, capture_output=True, text=True, check=False, **self.place.as_user()
        )
        if done.returncode:
            raise ClusterError(f"{program}: {done.stderr.strip() or done.stdout.strip()}")


class Pair:
    """The two servers, and which of them takes writes."""

    def __init__(self, place: Place, environ: dict[str, str]) -> None:
        self.password = secrets.token_urlsafe(18)
        self.primary = Database(place, "postgres1", self.password, environ)
        self.replica = Database(place, "postgres2", self.password, environ)
        self.takeovers = 0

    @property
    def url(self) -> str:
        """Return the address of whichever of the two takes writes, as DATABASE_URL has it."""
        hosts = "&".join(f"host=127.0.0.1:{port}" for port in sorted({self.primary.port, self.replica.port}))
        return f"postgresql+psycopg://hampa:{quote(self.password)}@/hampa?{hosts}&target_session_attrs=read-write"

    def start(self) -> None:
        """Make both servers, the role and its database."""
        self.primary.make_first()
        self.primary.start()
        self.primary.ask(f"CREATE ROLE hampa LOGIN CREATEDB PASSWORD '{self.password}'")
        for name, value in ROLE_SETTINGS.items():
            self.primary.ask(f"ALTER ROLE hampa SET {name} = '{value}'")
        self.primary.ask("CREATE DATABASE hampa OWNER hampa")
        self.add_replica()

    def add_replica(self) -> None:
        """Make the replica anew from the primary, and let commits wait for it from then on."""
        self.replica.copy_from(self.primary)
        self.replica.start()
        wait_until(lambda: self.primary.follows(self.replica.name), "the replica follows")
        self.primary.wait_for(self.replica.name)

    def take_over(self) -> None:
        """Make the replica the one that takes writes."""
        self.primary, self.replica = self.replica, self.primary
        self.primary.ask("SELECT pg_promote(true, 30)")
        self.takeovers += 1

    def look(self) -> None:
        """Take over from a primary that has ended, and bring back a replica that has: what an agent such as Patroni does."""
        if not self.primary.program.runs and self.primary.program.wanted:
            self.take_over()
        if not self.replica.program.runs and self.replica.program.wanted:
            self.primary.wait_for("")
            self.add_replica()

    def end(self) -> None:
        """End both, the one that takes writes last."""
        for one in (self.replica, self.primary):
            one.program.wanted = False
        # The primary first lets its clients go, and waits for the replica to have all: so it ends first.
        for one in (self.primary, self.replica):
            one.program.end()


def place_in(home: Path, sockets: Path) -> Place:
    """Return where the servers run, and as whom: as `nobody` when this is root, whom PostgreSQL refuses."""
    import pwd

    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    place = Place(home, sockets, user)
    place.give(sockets)
    return place
