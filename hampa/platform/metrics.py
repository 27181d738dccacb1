"""Metrics of this machine for Prometheus: counted by each process, read together by whichever is asked.

Processes of the web server write their counts into files of one folder (the mode of prometheus_client for several
processes): a question reaches one of them, and gets the sums of all. What the database knows is asked when it is read.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any, Final, cast

import structlog
from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from hampa.platform import logs
from hampa.platform.caches import count_read, counted_reads
from hampa.platform.config import settings
from hampa.platform.db import db

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client is told."""
BUCKETS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
STATUSES: Final = tuple(f"{hundred}xx" for hundred in range(10))
TELL_READS_SECONDS: Final = 1.0
_EXTENSION: Final = "hampa.metrics"
_current_app = current_app._get_current_object  # type: ignore[attr-defined]
_current_g = g._get_current_object
_current_request = request._get_current_object  # type: ignore[attr-defined]

log = structlog.get_logger(__name__)


class _Shared:
    """The folder into which this process and those that it forked count; None if it counts alone."""

    folder: str | None = None


class Metrics:
    """What the processes count."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        count, registry = Counter, self.registry
        self.requests = count("hampa_requests", "Requests", ["method", "route", "status"], registry=registry)
        self.seconds = Histogram(
            "hampa_request_seconds", "How long requests took", ["route"], registry=registry, buckets=BUCKETS
        )
        self.queries = count("hampa_queries", "Queries of requests", ["route"], registry=registry)
        self.query_seconds = count("hampa_query_seconds", "How long these took", ["route"], registry=registry)
        self.features = count("hampa_feature_requests", "Use by feature", ["feature"], registry=registry)
        self.caches = count("hampa_cache_reads", "What caches were asked", ["cache", "result"], registry=registry)
        self._reads_told: dict[tuple[str, str], int] = {}
        self._reads_told_at = 0.0
        self._counters: dict[tuple[Any, ...], Any] = {}
        self.live = Gauge("hampa_live_connections", "Open live streams", registry=registry, multiprocess_mode="livesum")

    def of(self, metric: Any, *labels: str) -> Any:
        """Return the counter of a metric with these labels, which prometheus_client would look for under a lock."""
        counter = self._counters.get((metric, *labels))
        if counter is None:
            counter = self._counters[metric, *labels] = metric.labels(*labels)
        return counter

    def take_reads_in_time(self) -> None:
        """Take what caches were asked, if it was not done within a second: other processes are asked for the sums."""
        now = monotonic()
        if now > self._reads_told_at + TELL_READS_SECONDS:
            self._reads_told_at = now
            self.take_reads()

    def take_reads(self) -> None:
        """Add what the caches of this process were asked since the last time."""
        for name, number in counted_reads().items():
            more = number - self._reads_told.get(name, 0)
            if more > 0:
                self._reads_told[name] = number
                self.caches.labels(*name).inc(more)


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that is read when metrics are asked for, with its labels."""

    name: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()
    is_total: bool = False
    """Whether it only grows, so that rates can be read of it."""


_readers: list[Callable[[], Iterable[Reading]]] = []


def reads(function: Callable[[], Iterable[Reading]]) -> Callable[[], Iterable[Reading]]:
    """Register a function that reads values; all of them are left out while it fails."""
    if function not in _readers:
        _readers.append(function)
    return function


def init_app(app: Flask) -> None:
    """Count requests, and what they ask of the database."""
    app.extensions[_EXTENSION] = Metrics()
    app.after_request(_count_request)


def _metrics() -> Metrics:
    return cast(Metrics, _current_app().extensions[_EXTENSION])


def _count_request(answer: Response) -> Response:
    metrics, asked = _metrics(), _current_request()
    metrics.take_reads_in_time()
    if asked.endpoint not in logs.QUIET:
        route, stats = asked.url_rule.rule if asked.url_rule else "none", logs.query_stats()
        count_request(metrics, asked.method, route, answer.status_code, perf_counter() - _current_g().started)
        if stats.queries:
            metrics.of(metrics.queries, route).inc(stats.queries)
            metrics.of(metrics.query_seconds, route).inc(stats.seconds)
        metrics.of(metrics.features, (asked.endpoint or "none").partition(".")[0]).inc()
    return answer


def count_request(metrics: Metrics, method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer; statuses are counted by their hundreds."""
    known = method if method in METHODS else "other"
    metrics.of(metrics.requests, known, route, STATUSES[status // 100]).inc()
    metrics.of(metrics.seconds, route).observe(seconds)


def count_kept(app: Flask, route: str | None, seconds: float) -> None:
    """Count a request that was answered without Flask."""
    metrics: Metrics = app.extensions[_EXTENSION]
    count_request(metrics, "GET", route or "none", 200, seconds)
    count_read("answers", "hit")


def count_live(app: Flask, change: int) -> None:
    """Count streams that were opened (1) or ended (-1) in this process."""
    app.extensions[_EXTENSION].live.inc(change)


class _Readings:
    """The values that are read when metrics are asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Yield them by name."""
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
        for reading in self._read():
            names = [name for name, _value in reading.labels]
            kind = CounterMetricFamily if reading.is_total else GaugeMetricFamily
            family = families.setdefault(reading.name, kind(reading.name, reading.help, labels=names))
            family.add_metric([value for _name, value in reading.labels], reading.value)
        yield from families.values()

    def _read(self) -> Iterator[Reading]:
        for reader in _readers:
            try:
                yield from list(reader())
            except (SQLAlchemyError, RedisError, OSError) as error:
                log.warning("metrics.unread", reader=reader.__name__, exc_info=error)
                with suppress(SQLAlchemyError):
                    db.session.rollback()


def text() -> bytes:
    """Return all metrics in the text format of Prometheus."""
    _metrics().take_reads()
    registry: Any = CollectorRegistry()
    if folder := _Shared.folder:
        for file in Path(folder).glob("gauge_live*_*.db"):
            pid = int(file.stem.rpartition("_")[2])
            if not _is_alive(pid):
                mark_process_dead(pid, folder)
        MultiProcessCollector(registry, folder)
        counted = generate_latest(registry)
    else:
        counted = generate_latest(_metrics().registry)
    readings: Any = CollectorRegistry()
    readings.register(_Readings())
    return counted + generate_latest(readings)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def shared_by_processes() -> Iterator[None]:
    """Have this process and those that it forks count in one folder, which is deleted afterwards."""
    folder = tempfile.mkdtemp(prefix="hampa-metrics-")
    os.environ.update({FOLDER: folder})
    _Shared.folder = folder
    values.ValueClass = values.MultiProcessValue()
    try:
        yield
    finally:
        _Shared.folder = None
        shutil.rmtree(folder, ignore_errors=True)


@reads
def machine() -> Iterator[Reading]:
    """Read whether Redis and the database answer, and how much of the disk is free."""
    from hampa.platform.web import health

    failures = health.failures()
    for part in ("database", "redis"):
        yield Reading(f"hampa_{part}_up", f"Whether the {part} answers", 0 if part in failures else 1)
    usage = shutil.disk_usage(settings().home)
    yield Reading("hampa_disk_free_ratio", "The share of the disk that is free", usage.free / usage.total)
