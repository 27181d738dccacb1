"""Logs: one JSON line a request and a job, or coloured text at a developer's terminal.

Phone numbers are masked and six-digit codes removed from all that is logged, by libraries too; values under names such
as `token` are removed whole. Exceptions are logged with their stack, without local variables.
"""

import contextlib
import logging
import re
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from flask import Flask, Response, g, request
from sqlalchemy import Engine, event

from hampa.platform import ids
from hampa.platform.config import Settings

# structlog would load rich, which a tool for tests installs, to draw tracebacks; ours are JSON. It takes 4 MB a process.
sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402

del sys.modules["rich"]

get_logger = structlog.get_logger

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(r"^code$|(^|_)(token|tokens|secret|password|cookie|cookies|authorization)$", re.I)
# Digits of any script, except in ids, decimals and words.
PHONE = re.compile(r"(?<![\w.-])((?:\+|%2B|00)?\d{2})\d{6,11}(\d{2})(?![\w-]|\.\d)", re.I)
CODE = re.compile(r"(?<![\w.:-])\d{6}(?![\w:-]|\.\d)")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = {"static", "assets.joined"}

REQUESTS = "hampa.requests"

requests_log = structlog.get_logger(REQUESTS)
jobs_log = structlog.get_logger("hampa.jobs")


@dataclass
class QueryStats:
    """The number of queries of one request or job, and the seconds they took."""

    queries: int = 0
    seconds: float = 0.0


_current_g = g._get_current_object
_current_request = request._get_current_object  # type: ignore[attr-defined]
_stats: ContextVar[QueryStats | None] = ContextVar("query_stats", default=None)


def query_stats() -> QueryStats:
    """Return the queries of the present request or job."""
    return _stats.get() or QueryStats()


def masked(text: str) -> str:
    """Return a text without phone numbers and sign-in codes."""
    return CODE.sub(HIDDEN, PHONE.sub(r"\1******\2", text))


def scrubbed(value: Any) -> Any:
    """Return a JSON-like value without phone numbers, codes and values under the name of a secret."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: HIDDEN if SECRET_NAMES.search(str(name)) else scrubbed(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrubbed(inner) for inner in value]
    return value


def configure(settings: Settings) -> None:
    """Write what is logged with structlog and with the standard library to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[Any] = [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer()]
    if settings.development and sys.stderr.isatty():
        renderers = [structlog.dev.ConsoleRenderer()]
    handler = logging.StreamHandler(sys.__stderr__)
    handler.name = "hampa"
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                lambda _logger, _method, line: scrubbed(line),
                *renderers,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if other.name != "hampa"] + [handler]
    root.setLevel(settings.log_level)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def init_app(app: Flask) -> None:
    """Give each request an id, and log a line when it is answered."""
    configure(app.extensions["hampa.settings"])
    app.before_request(_begin_request)
    app.after_request(_log_request)
    app.teardown_request(lambda _: structlog.contextvars.unbind_contextvars("request_id"))


def request_id(given: str) -> str:
    """Return the id of a request: the one that was given, by a proxy, or a new one."""
    return given if REQUEST_ID.fullmatch(given) else ids.new_id().hex


def log_kept(route: str | None, status: int, request_id: str, started: float) -> None:
    """Log that a visitor's GET was answered without Flask; `started` is a reading of `perf_counter`."""
    ms = round((time.perf_counter() - started) * 1000, 1)
    requests_log.info(
        "request",
        request_id=request_id,
        method="GET",
        route=route,
        status=status,
        ms=ms,
        queries=0,
        queries_ms=0.0,
        person=None,
    )


def _begin_request() -> None:
    known = _current_g()
    known.request_id = request_id(_current_request().headers.get("X-Request-ID", ""))
    known.started = time.perf_counter()
    _stats.set(QueryStats())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=known.request_id)


def _log_request(answer: Response) -> Response:
    answer.headers["X-Request-ID"] = _current_g().request_id
    if not logging.getLogger(REQUESTS).isEnabledFor(logging.INFO):
        return answer
    asked = _current_request()
    if asked.endpoint not in QUIET:
        requests_log.info(
            "request",
            method=asked.method,
            route=asked.url_rule.rule if asked.url_rule else None,
            status=answer.status_code,
            **_timing(_current_g().started),
            person=_person_id(),
        )
    return answer


def _person_id() -> str | None:
    """Return the id of the person who is signed in if the request has loaded them, without a query."""
    person = g.get("_login_user")
    if loaded := vars(person).get("id") if person is not None else None:
        return str(loaded)
    state = sqlalchemy.inspect(person, raiseerr=False)
    return str(state.identity[0]) if state is not None and state.identity else None


@contextlib.contextmanager
def job(name: str, **facts: Any) -> Iterator[None]:
    """Run the block as a job, and log its outcome, time and queries."""
    token = _stats.set(QueryStats())
    started = time.perf_counter()
    outcome = "failed"
    with structlog.contextvars.bound_contextvars(job=name, **facts):
        try:
            yield
            outcome = "done"
        finally:
            timing = _timing(started)
            _stats.reset(token)
            level, failed = ("info", False) if outcome == "done" else ("error", True)
            getattr(jobs_log, level)("job", outcome=outcome, **timing, exc_info=failed)


def _timing(started: float) -> dict[str, float]:
    """Return the milliseconds since a reading of `perf_counter`, and the number and the milliseconds of the queries."""
    stats = query_stats()
    ms = round((time.perf_counter() - started) * 1000, 1)
    return {"ms": ms, "queries": stats.queries, "queries_ms": round(stats.seconds * 1000, 1)}


@event.listens_for(Engine, "before_cursor_execute")
def _before_query(connection: Any, *_: Any) -> None:
    connection.info["query_started"] = time.perf_counter()


@event.listens_for(Engine, "after_cursor_execute")
def _after_query(connection: Any, *_: Any) -> None:
    stats = _stats.get()
    if stats is not None:
        stats.queries += 1
        stats.seconds += time.perf_counter() - connection.info["query_started"]
