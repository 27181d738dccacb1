"""The web server as production starts it, with a Redis of its own, for tests that open streams."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from flask import Flask

from hampa.app import create_app
from hampa.crews.models import Crew
from hampa.people.models import Person
from hampa.platform import clock, config, embedded
from hampa.platform.db import db
from hampa.platform.live import publish, publish_now
from hampa.platform.live.presence import connections_of, online_in
from hampa.platform.serving import command
from tests.bench.servers import ROOT, await_answer, free_port
from tests.database import Databases
from tests.event_source import EventSource, Message
from tests.page import Page

PATIENCE = timedelta(seconds=20)
MOST_ATTEMPTS = 5


@dataclass
class LiveSite:
    """A web server with its port, and an app of this process on the same database and Redis."""

    app: Flask
    environ: dict[str, str]
    redis_home: Path
    port: int = field(default_factory=free_port)
    server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        environ = os.environ | self.environ | {"PORT": str(self.port)}
        self.server = subprocess.Popen(command(), cwd=ROOT, env=environ, start_new_session=True)
        await_answer(self.port, "/healthz", self.server, 60)

    def end(self) -> int:
        """Ask the server to end, and return its exit status."""
        assert self.server is not None
        self.server.send_signal(signal.SIGTERM)
        return self.server.wait(30)

    def kill(self) -> None:
        """Kill -9 all processes of the server."""
        assert self.server is not None
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def cookie(self, person: Person) -> str:
        """Return the Cookie header of a browser in which a person has just signed in."""
        browser = Page(self.app).as_(person)
        found = browser.client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        assert found is not None
        return f"{found.key}={found.value}"

    def open(self, person: Person, topics: str = "", **more: Any) -> EventSource:
        """Return a stream of a person, in a browser of its own, once it listens."""
        cookie = "" if "token" in more else more.pop("cookie", "") or self.cookie(person)
        return EventSource(self.port, cookie, topics, **more).opened()

    def get(self, path: str, cookie: str = "") -> int:
        """Return the status of a page."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def settled(self, person: Person, topics: str = "") -> EventSource:
        """Return a stream that all that was said so far does not end.

        A process may read a block later than another one has; it then ends the streams that were opened since, and their
        browsers come back.
        """
        for _ in range(MOST_ATTEMPTS):
            stream = self.open(person, topics)
            if self._all_until_now(stream, person) is not None:
                return stream
            assert stream.retry > 0, "the browser comes back"
            stream.close()
        raise AssertionError("no stream stays")

    def entered(self, person: Person, count: int) -> None:
        """Wait until Redis has so many connections of a person."""
        latest = clock.now() + PATIENCE
        while len(connections_of(person.id)) != count:
            assert clock.now() < latest, "the entries do not come"

    def came(self, crew: Crew, person: Person) -> None:
        """Wait until Redis has told that a member is here, which it does after their connection is noted."""
        latest = clock.now() + PATIENCE
        while person.id not in online_in(f"crew:{crew.id}", 10):
            assert clock.now() < latest, "nobody comes"

    def heard(self, stream: EventSource, person: Person) -> list[Message]:
        """Return all events that a stream has got so far; it must not have ended."""
        messages = self._all_until_now(stream, person)
        assert messages is not None, "the stream has ended"
        return messages

    @staticmethod
    def _all_until_now(stream: EventSource, person: Person) -> list[Message] | None:
        """Return the events of a stream until one that says that there are no more, or None if it ends before."""
        publish(f"person:{person.id}", "all", number=1)
        db.session.commit()
        messages = []
        while (message := stream.next()) is not None:
            if message.event != "message" or message.data["event"] == "all":
                return messages
            messages.append(message)
        return None


@contextmanager
def serving_live(databases: Databases, **more: str) -> Iterator[LiveSite]:
    """Yield a server on a database and a Redis of its own, in the context of its app."""
    with tempfile.TemporaryDirectory(prefix="hampa-live-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        redis_url = embedded.ensure(home, embedded.REDIS).redis_url
        more.setdefault("HAMPA_BASE_URL", "http://127.0.0.1:5000")  # the same in all processes, for tokens
        environ = databases.environment(databases.make("live"), REDIS_URL=redis_url, **more)
        app = create_app(config.load(environ))
        site = LiveSite(app, environ, home)
        try:
            site.start()
            with app.app_context():
                yield site
                db.session.rollback()
        finally:
            if site.server is not None and site.server.poll() is None:
                site.kill()
            with app.app_context():
                db.engine.dispose()
            embedded.stop(home)


Sender = Callable[..., None]


def say(topic: str, event: str, **ids: uuid.UUID | int) -> None:
    """Publish an event in a transaction of its own."""
    publish(topic, event, **ids)
    db.session.commit()


__all__ = ["EventSource", "LiveSite", "Message", "publish", "publish_now", "say", "serving_live"]
