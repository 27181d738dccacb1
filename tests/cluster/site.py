"""The cluster: two web servers and two workers behind HAProxy, two PostgreSQL servers, Redis, and a service of files.

All listen on loopback alone, keep their data in one folder, and are gone when this process is.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import redis

from hampa.platform.programs import find_program
from tests import s3_server
from tests.bench.servers import ROOT, free_port
from tests.cluster.databases import Pair, place_in
from tests.cluster.programs import ClusterError, Program, environment, wait_until

PROXY_SETTINGS = ROOT / "docs" / "proxy" / "haproxy.cfg"
BUCKET = "hampa"
DRAIN_SECONDS = 5
WAIT_SECONDS = 15
LOOK_SECONDS = 0.1
LONGEST_SOCKET = 90


class Cluster:
    """All programs of the site; `base_url` is where people reach it."""

    def __init__(self, home: Path, port: int = 0, **more: str) -> None:
        self.home, self.port = home, port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.secret = secrets.token_urlsafe(32)
        self.more = more
        self.programs: dict[str, Program] = {}
        self.ports = {name: free_port() for name in ("web1", "web2", "redis")}
        self.redis_password = secrets.token_urlsafe(18)
        digest = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]
        self.sockets = Path(f"/tmp/hampa-{digest}")  # noqa: S108 - private, made anew
        self.stopping = threading.Event()
        self.trouble: BaseException | None = None
        self.events: list[tuple[float, str]] = []

    # What is asked of it

    @property
    def environ(self) -> dict[str, str]:
        """Return the settings that all web servers and workers share."""
        given = {
            "HAMPA_ENV": "development",
            "HAMPA_DEMO": "0",
            "HAMPA_SECRET_KEY": self.secret,
            "HAMPA_BASE_URL": self.base_url,
            "HAMPA_TRUSTED_PROXIES": "1",
            "HAMPA_DRAIN_SECONDS": str(DRAIN_SECONDS),
            "HAMPA_DATABASE_WAIT": str(WAIT_SECONDS),
            "HAMPA_WEB_WORKERS": "1",
            "HAMPA_WORKER_CONCURRENCY": "1",
            "HAMPA_LOG_LEVEL": "WARNING",
            "HAMPA_S3_BUCKET": BUCKET,
            "HAMPA_S3_ENDPOINT": self.files,
            "HAMPA_S3_KEY": "key",
            "HAMPA_S3_SECRET": "secret",
            "DATABASE_URL": self.databases.url,
            "REDIS_URL": f"redis://:{self.redis_password}@127.0.0.1:{self.ports['redis']}/0",
        }
        return environment(given | self.more)

    def ready(self, name: str) -> bool:
        """Return whether a web server may be sent requests."""
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.ports[name]}/readyz/self", timeout=5).status_code == 200
        return False

    def reached(self, name: str) -> bool:
        """Return whether the proxy sends requests to a web server."""
        return self._proxy_says(name) == "UP"

    def restart(self, name: str) -> float:
        """End a web server or a worker gently and start it again; return once it is at work, with the seconds taken."""
        begun, program = time.monotonic(), self.programs[name]
        self._say(f"{name} ends")
        program.end()
        program.start()
        if name.startswith("web"):
            wait_until(lambda: self.reached(name), f"the proxy sends requests to {name}", 300)
        else:
            wait_until(lambda: self._works(name), f"{name} works", 300)
        self._say(f"{name} is back")
        return time.monotonic() - begun

    def roll(self) -> None:
        """Bring a new version in without a pause: migrations, then web servers and workers one after another."""
        self._migrate()
        for name in ("web1", "web2", "worker1", "worker2"):
            self.restart(name)

    def kill(self, name: str) -> float:
        """Kill -9 all of a program, or of `primary`, the database that takes writes; return the moment of its death."""
        self._say(f"{name} is killed")
        program = self.databases.primary.program if name == "primary" else self.programs[name]
        return program.kill()

    def whole(self) -> bool:
        """Return whether everything works, the replica too."""
        with contextlib.suppress(Exception):
            return all(
                (
                    *(self.reached(name) and self.ready(name) for name in ("web1", "web2")),
                    *(self._works(name) for name in ("worker1", "worker2")),
                    self._redis_answers(),
                    self.databases.primary.follows(self.databases.replica.name),
                    self.databases.primary.ask("SHOW synchronous_standby_names") == self.databases.replica.name,
                )
            )
        return False

    # Its start and end

    @contextlib.contextmanager
    def running(self) -> Iterator[Cluster]:
        """Start everything, and end it afterwards, whatever happens."""
        self._check_programs()
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.sockets.mkdir(mode=0o711)
        try:
            with s3_server.running() as self.files:
                httpx.put(f"{self.files}/{BUCKET}").raise_for_status()
                self._start()
                yield self
        finally:
            self._end()

    def _check_programs(self) -> None:
        if shutil.which("haproxy") is None:
            raise ClusterError("no haproxy on the PATH: apt-get install haproxy (Debian, Ubuntu), brew install haproxy")
        if not s3_server.FOLDER.exists():
            raise ClusterError(f"{s3_server.FOLDER} is missing: `make cluster` installs it")
        if subprocess.run(["haproxy", "-v"], capture_output=True, check=False).returncode:
            raise ClusterError("haproxy does not run: try `haproxy -v`")

    def _start(self) -> None:
        self.place = place_in(self.home, self.sockets)
        self.databases = Pair(self.place, self.place.as_user()["env"])
        self.databases.start()
        python = sys.executable
        redis_options = {
            "port": str(self.ports["redis"]), "bind": "127.0.0.1", "requirepass": self.redis_password,
            "dir": ".", "appendonly": "yes", "appendfsync": "everysec", "save": "",
        }  # fmt: skip
        options = [part for name, value in redis_options.items() for part in (f"--{name}", value)]
        self._add("redis", [str(find_program(self.place, "valkey-server")), *options], {})
        self.programs["redis"].start()
        wait_until(self._redis_answers, "Redis answers")
        self._migrate()
        for name in ("web1", "web2"):
            more = {"PORT": str(self.ports[name]), "HAMPA_HOME": str(self.home / name)}
            self._add(name, [python, "-m", "flask", "--app", "wsgi", "hampa", "serve"], self.environ | more)
        for name in ("worker1", "worker2"):
            self._add(name, [python, "worker.py"], self.environ | {"HAMPA_HOME": str(self.home / name)})
        self._add("haproxy", ["haproxy", "-db", "-f", str(self.write_proxy_file())], environment({}))
        for name in ("web1", "web2", "worker1", "worker2", "haproxy"):
            self.programs[name].start()
        wait_until(lambda: all(self.reached(name) for name in ("web1", "web2")), "both web servers are up", 120)
        wait_until(lambda: all(self._works(name) for name in ("worker1", "worker2")), "both workers are up")
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()

    def _end(self) -> None:
        self.stopping.set()
        if hasattr(self, "watcher"):
            self.watcher.join(60)
        # People go first, then those who work for them, and what they stand on last.
        for name in ("haproxy", "web1", "web2", "worker1", "worker2", "redis"):
            if name in self.programs:
                self.programs[name].wanted = False
                if name.startswith(("web", "worker")) and self.programs[name].runs:
                    self.programs[name].process.terminate()  # type: ignore[union-attr]
        for name in ("haproxy", "web1", "web2", "worker1", "worker2", "redis"):
            if name in self.programs:
                self.programs[name].end()
        if hasattr(self, "databases"):
            self.databases.end()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _watch(self) -> None:
        """Start again what ended by itself, and have the replica take over: what systemd and Patroni do elsewhere."""
        while not self.stopping.wait(LOOK_SECONDS):
            try:
                before = self.databases.takeovers
                self.databases.look()
                if self.databases.takeovers > before:
                    self._say(f"{self.databases.primary.name} has taken over")
                for program in self.programs.values():
                    if program.wanted and not program.runs:
                        time.sleep(0.5)  # as systemd's RestartSec
                        program.start()
                        self._say(f"{program.name} is started again")
            except Exception as error:
                self.trouble = error
                self._say(f"trouble: {error}")
                self.stopping.wait(1)

    # Details

    def _add(self, name: str, command: list[str], environ: dict[str, str]) -> None:
        user = self.place.user if name == "redis" else None
        folder = ROOT
        if name == "redis":
            folder = self.home / name
            folder.mkdir(mode=0o700, exist_ok=True)
            self.place.give(folder)
            environ = self.place.as_user()["env"]
        self.programs[name] = Program(
            name, command, self.home / f"{name}.log", environ, folder,
            user=user.pw_uid if user else None, group=user.pw_gid if user else None,
        )  # fmt: skip

    def _migrate(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
        environ = self.environ | {"HAMPA_HOME": str(self.home)}
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ClusterError(f"flask db upgrade: {done.stderr.strip()[-1000:]}")

    def write_proxy_file(self) -> Path:
        """Write the settings of HAProxy for this machine: those of the documentation with other addresses."""
        text = PROXY_SETTINGS.read_text()
        for theirs, ours in {
            "stats socket /run/haproxy/admin.sock mode 660": f"stats socket {self.sockets}/haproxy.sock mode 600",
            "bind :443 ssl crt /etc/haproxy/hampa.example.pem alpn h2,http/1.1": f"bind 127.0.0.1:{self.port}",
            "X-Forwarded-Proto https": "X-Forwarded-Proto http",
            "server web1 10.0.0.11:5000": f"server web1 127.0.0.1:{self.ports['web1']}",
            "server web2 10.0.0.12:5000": f"server web2 127.0.0.1:{self.ports['web2']}",
        }.items():
            if text.count(theirs) != 1:
                raise ClusterError(f"{PROXY_SETTINGS} lacks the line: {theirs}")
            text = text.replace(theirs, ours)
        path = self.home / "haproxy.cfg"
        path.write_text(text)
        return path

    def _proxy_says(self, name: str) -> str:
        """Return the state of a server in the proxy's own words, "" while the proxy does not answer."""
        import socket

        try:
            with socket.socket(socket.AF_UNIX) as wire:
                wire.settimeout(5)
                wire.connect(f"{self.sockets}/haproxy.sock")
                wire.sendall(b"show stat\n")
                answer = b"".join(iter(lambda: wire.recv(65_536), b"")).decode()
        except OSError:
            return ""
        heads, *rows = [line.split(",") for line in answer.lstrip("# ").splitlines() if line]
        found = [dict(zip(heads, row, strict=False)) for row in rows]
        return next((row["status"] for row in found if row["svname"] == name), "").split()[0] if found else ""

    def _redis(self) -> redis.Redis:
        return redis.Redis(port=self.ports["redis"], password=self.redis_password, socket_timeout=2)

    def _redis_answers(self) -> bool:
        with contextlib.suppress(redis.RedisError), self._redis() as client:
            return bool(client.ping())
        return False

    def _works(self, name: str) -> bool:
        """Return whether a worker has told Redis lately that it is there; all of them have this machine's name."""
        from rq import Worker

        program = self.programs[name]
        with contextlib.suppress(redis.RedisError), self._redis() as client:
            ids = {process.pid for process in program.family()}
            return any(worker.pid in ids for worker in Worker.all(connection=client))
        return False

    def _say(self, words: str) -> None:
        self.events.append((time.monotonic(), words))
