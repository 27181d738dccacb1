"""`python -m hampa.platform.granian_server`: granian around `asgi:app`, whose processes share what all of them need.

The application is made once, before the server forks its processes. They share its memory until they write to it, which
the garbage collector does not: it leaves alone what is there at the fork.
"""

import gc
import secrets
import signal
from http import HTTPStatus
from importlib import import_module
from typing import Any

from babel import Locale
from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer
from sqlalchemy.orm import configure_mappers

from hampa.platform import draining, metrics, serving, supervisor
from hampa.platform.api.document import document_of
from hampa.platform.config import CHECKOUT, Settings
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.redis import redis

APPLICATION = "asgi:app"
M_ARENA_MAX = -8
TIMES_OPENED = 8
"""How often each of the first pages is opened: by then the interpreter has learnt what it will of their functions."""


class DrainingServer(MPServer):
    """granian, which says for a while that it is about to end before it does."""

    drain_seconds = 0

    def signal_handler_interrupt(self, *_: Any) -> None:
        """Begin to drain, and end later; end at once on the second signal, and where nothing is to be drained."""
        if draining.has_begun() or not self.drain_seconds:
            super().signal_handler_interrupt()
            return
        draining.begin()
        signal.signal(signal.SIGALRM, self.signal_handler_interrupt)
        signal.alarm(self.drain_seconds)


def main() -> None:
    """Serve until a signal ends the server; a wrong setting ends it with one line."""
    use_few_heaps()
    with metrics.shared_by_processes():
        serve()


def serve() -> None:
    """Make the application, and serve it."""
    flask: Flask = import_module(APPLICATION.partition(":")[0]).flask
    compile_templates(flask)
    read_what_all_need(flask)
    open_first_pages(flask)
    gc.collect()
    return_memory()
    gc.freeze()
    server(flask.extensions["hampa.settings"]).serve()


def use_few_heaps() -> None:
    """Have the threads of this process and of its children share two heaps, however the server was started."""
    mallopt = getattr(supervisor.LIBC, "mallopt", None)  # glibc's
    if mallopt is not None:
        mallopt(M_ARENA_MAX, int(supervisor.FEW_HEAPS["MALLOC_ARENA_MAX"]))


def compile_templates(flask: Flask) -> None:
    """Compile the templates of pages, so that each process need not."""
    for name in flask.jinja_env.list_templates(extensions=["html"]):
        flask.jinja_env.get_template(name)


def read_what_all_need(flask: Flask) -> None:
    """Read the words of all languages, the mappers and the document of the API, which each process would read for itself.

    What Babel knows of languages and countries, 7 MB, it reads when it is first asked.
    """
    for locale in i18n.LOCALES:
        i18n.catalogue(locale)
        Locale.parse(locale).territories.get("IR")
    configure_mappers()
    with flask.app_context():
        document_of(flask)


def open_first_pages(flask: Flask) -> None:
    """Open some pages, as a visitor and with a session that is over, while one process alone has to remember them.

    Statements that are built once, and what the interpreter writes into functions, are so shared by all. The server starts
    without it when it has no database. No connection stays open: processes may not share one.
    """
    settings: Settings = flask.extensions["hampa.settings"]
    visitor, forgotten = flask.test_client(), flask.test_client()
    with forgotten.session_transaction(base_url=settings.base_url) as session:
        session["_user_id"] = secrets.token_urlsafe()
    paths = flask.config["FIRST_PAGES"]
    answers = (
        client.get(path, base_url=settings.base_url).status_code
        for _ in range(TIMES_OPENED)
        for path in paths
        for client in (visitor, forgotten)
    )
    all(status < HTTPStatus.INTERNAL_SERVER_ERROR for status in answers)
    with flask.app_context():
        db.session.remove()
        db.engine.dispose()
        redis().connection_pool.disconnect()


def return_memory() -> None:
    """Give the system back what is free, so that the processes do not fill the gaps in what they share."""
    trim = getattr(supervisor.LIBC, "malloc_trim", None)  # glibc's
    if trim is not None:
        trim(0)


def server(wanted: Settings) -> DrainingServer:
    """Return the web server for these settings; HTTP/1.1 alone, a proxy in front speaks newer versions."""
    made = DrainingServer(
        APPLICATION,
        address=wanted.bind,
        port=wanted.port,
        interface=Interfaces.ASGI,
        workers=wanted.web_workers,
        working_dir=CHECKOUT,
        http=HTTPModes.http1,
        websockets=False,
        backpressure=serving.OPEN_CONNECTIONS,
        http1_settings=HTTP1Settings(
            header_read_timeout=serving.HEAD_SECONDS * 1000, max_buffer_size=serving.HEAD_BYTES
        ),
        respawn_failed_workers=True,
        workers_kill_timeout=3,
        log_level=LogLevels.warning,
    )
    made.drain_seconds = wanted.drain_seconds
    return made


if __name__ == "__main__":
    main()
