"""Which functions can be enqueued, and what workers poll besides the jobs."""

from __future__ import annotations

import typing
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

DEFAULT_LEASE = timedelta(minutes=2)
LEASE_MARGIN = timedelta(seconds=10)
"""By so much a job's timeout ends before its lease, unless the job names a timeout."""

F = TypeVar("F", bound=Callable[..., Any])
Stopping = Callable[[], bool]
Poller = Callable[[str, Stopping], int]


@dataclass(frozen=True)
class JobDefinition:
    """A function that can be enqueued by name, and the policy by which it is run."""

    name: str
    function: Callable[..., Any]
    tries: int
    lease: timedelta
    timeout: timedelta
    every: timedelta | None

    @property
    def path(self) -> str:
        """The function's dotted path, by which RQ's tools show the job."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def run(self, args: dict[str, Any]) -> None:
        """Call the function; ids, times and dates that JSON made text become what its annotations say."""
        annotations = typing.get_type_hints(self.function)
        self.function(**{name: _from_json(value, annotations.get(name)) for name, value in args.items()})


_definitions: dict[str, JobDefinition] = {}
_pollers: list[Poller] = []


def job(
    name: str,
    *,
    tries: int = 5,
    lease: timedelta = DEFAULT_LEASE,
    timeout: timedelta | None = None,
    every: timedelta | None = None,
) -> Callable[[F], F]:
    """Register a function under a name by which it can be enqueued; with `every`, run it periodically too.

    The function must be safe to run twice: a worker may die after the work and before it could record so. A failure is
    tried again after a pause, `tries` times in all. A worker that is not heard of for `lease` counts as dead. The
    function is interrupted after `timeout`, which is a little less than the lease; a function with a longer one must
    call `renew_lease`.
    """

    def register(function: F) -> F:
        if name in _definitions:
            raise ValueError(f"there are two jobs named {name}")
        _definitions[name] = JobDefinition(name, function, tries, lease, timeout or lease - LEASE_MARGIN, every)
        return function

    return register


def register_poller(poller: Poller) -> Poller:
    """Have `poller(queue, stopping)` called when a queue's workers are notified, and every second or two.

    The poller does what is due in that queue until nothing is or `stopping()` returns true, and returns how much it did.
    """
    _pollers.append(poller)
    return poller


def get_job(name: str) -> JobDefinition | None:
    """Return the definition of the job with this name, or None."""
    return _definitions.get(name)


def job_definitions() -> Iterable[JobDefinition]:
    """Return the definitions of all jobs."""
    return _definitions.values()


def pollers() -> tuple[Poller, ...]:
    """Return all pollers, in the order in which they were registered."""
    return tuple(_pollers)


def to_json(value: Any) -> Any:
    """Return an argument as JSON can hold it."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def _from_json(value: Any, annotation: Any) -> Any:
    types = {annotation, *typing.get_args(annotation)}
    if isinstance(value, str):
        if uuid.UUID in types:
            return uuid.UUID(value)
        if datetime in types:
            return datetime.fromisoformat(value)
        if date in types:
            return date.fromisoformat(value)
    if isinstance(value, list) and typing.get_origin(annotation) is list:
        return [_from_json(item, typing.get_args(annotation)[0]) for item in value]
    return value
