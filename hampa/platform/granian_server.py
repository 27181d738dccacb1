"""`python -m hampa.platform.granian_server`: granian around `asgi:app`, whose processes share what all of them need.

The application is made once, before the server forks its processes. They share its memory until they write to it, which
the garbage collector does not: it leaves alone what is there at the fork.
"""

import gc
import linecache
import secrets
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from importlib import import_module
from itertools import product
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer
from sqlalchemy import event
from sqlalchemy.orm import configure_mappers

from hampa.platform import draining, metrics, serving, supervisor
from hampa.platform.api.document import document_of
from hampa.platform.config import CHECKOUT, Settings
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.redis import redis
from hampa.platform.web.session import login_manager

APPLICATION = "asgi:app"
M_ARENA_MAX = -8
TIMES_OPENED = 8
"""How often each of the first pages is opened: by then the interpreter has learnt what it will of their functions."""
TIMES_OPENED_BY_PEOPLE = 2
"""The pages of people are many, and each costs the start some milliseconds."""


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
    linecache.clearcache()  # models of the API read their own source
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
    """Read the words of all languages, the mappers and the document of the API, which each process would read for itself."""
    for locale in i18n.LOCALES:
        i18n.catalogue(locale)
    configure_mappers()
    with flask.app_context():
        document_of(flask)


def open_first_pages(flask: Flask) -> None:
    """Open some pages while one process alone has to remember them: statements, and what the interpreter learns of functions.

    A visitor opens the first pages, and somebody whose session is over; in production a person of no row opens pages of
    people too. Their transactions only read. The server starts without it when it has no database. No connection stays
    open: processes may not share one.
    """
    settings: Settings = flask.extensions["hampa.settings"]
    visitor, forgotten, person = (flask.test_client() for _ in range(3))
    for client in (forgotten, person):
        with client.session_transaction(base_url=settings.base_url) as session:
            session["_user_id"] = secrets.token_urlsafe()

    def answers(times: int, paths: Sequence[str], *clients: FlaskClient) -> Iterator[bool]:
        for path, client in product(tuple(paths) * times, clients):
            yield client.get(path, base_url=settings.base_url).status_code < HTTPStatus.INTERNAL_SERVER_ERROR

    with reading_only(flask):
        if all(answers(TIMES_OPENED, flask.config["FIRST_PAGES"], visitor, forgotten)) and settings.production:
            with loading_people_by(lambda _token: flask.config["FIRST_PERSON"]()):
                all(answers(TIMES_OPENED_BY_PEOPLE, flask.config["FIRST_PAGES_OF_PEOPLE"], person))


@contextmanager
def reading_only(flask: Flask) -> Iterator[None]:
    """Let transactions within the block write nothing, and close all connections at its end."""

    def read_only(connection: Any, _record: Any) -> None:
        connection.read_only = True

    with flask.app_context():
        engine = db.engine
    event.listen(engine, "connect", read_only)
    try:
        yield
    finally:
        event.remove(engine, "connect", read_only)
        with flask.app_context():
            db.session.remove()
            engine.dispose()
            redis().connection_pool.disconnect()


@contextmanager
def loading_people_by(load: Callable[[str], Any]) -> Iterator[None]:
    """Have sessions belong, within the block, to the person that `load(token)` returns."""
    usual = login_manager._user_callback
    login_manager.user_loader(load)
    try:
        yield
    finally:
        login_manager.user_loader(usual)


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
