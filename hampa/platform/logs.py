"""Logs: one JSON line a request and a job, read by people only at a developer's terminal.

Phone numbers are masked and standing six-digit codes taken out of everything that is written, whoever
wrote it; values under names such as `token` are left out whole. Exceptions are told by their stack,
without local values.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import sqlalchemy
import structlog
from flask import Flask, Response, g, request
from sqlalchemy import Engine, event
from structlog.typing import EventDict

from hampa.platform import ids
from hampa.platform.config import Settings, settings

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(r"^code$|(^|_)(token|tokens|secret|password|cookie|cookies|authorization)$", re.I)
# Digits of any script; not those within an id, a decimal or a word.
PHONE = re.compile(r"(?<![\w.-])((?:\+|%2B|00)?\d{2})\d{6,11}(\d{2})(?![\w-]|\.\d)", re.I)
CODE = re.compile(r"(?<![\w.:-])\d{6}(?![\w:-]|\.\d)")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = {"static", "assets.joined"}

requests_log = structlog.get_logger("hampa.requests")
jobs_log = structlog.get_logger("hampa.jobs")


@dataclass
class Tally:
    """The queries of one request or job, and the seconds they took."""

    queries: int = 0
    seconds: float = 0.0


_tally: ContextVar[Tally | None] = ContextVar("tally", default=None)


def masked(text: str) -> str:
    """The text without phone numbers and sign-in codes."""
    return CODE.sub(HIDDEN, PHONE.sub(r"\1******\2", text))


def scrubbed(value: Any) -> Any:
    """Any JSON-like value without phone numbers, codes and what stands under a secret's name."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: HIDDEN if SECRET_NAMES.search(str(name)) else scrubbed(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrubbed(inner) for inner in value]
    return value


def _scrub(logger: Any, method: str, line: EventDict) -> EventDict:
    return {name: HIDDEN if SECRET_NAMES.search(name) else scrubbed(value) for name, value in line.items()}


def configure(wanted: Settings) -> None:
    """Send the lines of structlog and of the standard library alike to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    for_people = wanted.development and sys.stderr.isatty()
    plain = [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer()]
    coloured = [structlog.dev.ConsoleRenderer()]
    handler = logging.StreamHandler(sys.__stderr__)
    handler.name = "hampa"
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _scrub,
                *(coloured if for_people else plain),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if other.name != "hampa"] + [handler]
    root.setLevel(wanted.log_level)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def init_app(app: Flask) -> None:
    """Give each request an id and, when it is answered, a line."""
    with app.app_context():
        configure(settings())
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(lambda _: structlog.contextvars.unbind_contextvars("request_id"))


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else ids.new_id().hex
    g.started = time.perf_counter()
    _tally.set(Tally())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(answer: Response) -> Response:
    answer.headers["X-Request-ID"] = g.request_id
    if request.endpoint not in QUIET:
        tally = _tally.get() or Tally()
        requests_log.info(
            "request",
            method=request.method,
            route=request.url_rule.rule if request.url_rule else None,
            status=answer.status_code,
            ms=_ms(time.perf_counter() - g.started),
            queries=tally.queries,
            queries_ms=_ms(tally.seconds),
            person=_person_id(),
        )
    return answer


def _person_id() -> str | None:
    """Who is signed in, if the request asked: a log line is no reason to query."""
    state = sqlalchemy.inspect(g.get("_login_user"), raiseerr=False)
    return str(state.identity[0]) if state is not None and state.identity else None


@contextlib.contextmanager
def job(name: str, **facts: Any) -> Iterator[None]:
    """Measure a job, and write its line: how it ended, how long it took, what it asked the database."""
    before = _tally.set(Tally())
    started = time.perf_counter()
    outcome = "failed"
    with structlog.contextvars.bound_contextvars(job=name, **facts):
        try:
            yield
            outcome = "done"
        finally:
            tally = _tally.get() or Tally()
            _tally.reset(before)
            write: Callable[..., Any] = jobs_log.info if outcome == "done" else jobs_log.error
            write(
                "job",
                outcome=outcome,
                ms=_ms(time.perf_counter() - started),
                queries=tally.queries,
                queries_ms=_ms(tally.seconds),
                exc_info=outcome == "failed",
            )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


@event.listens_for(Engine, "before_cursor_execute")
def _query_begins(connection: Any, *_: Any) -> None:
    connection.info["asked"] = time.perf_counter()


@event.listens_for(Engine, "after_cursor_execute")
def _query_ends(connection: Any, *_: Any) -> None:
    tally = _tally.get()
    if tally is not None:
        tally.queries += 1
        tally.seconds += time.perf_counter() - connection.info["asked"]
