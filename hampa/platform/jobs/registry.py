"""The registry of jobs and of pollers."""

import typing
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

DEFAULT_LEASE = timedelta(minutes=2)
LEASE_MARGIN = timedelta(seconds=10)
"""The time between a job's timeout and the end of its lease, unless the job has a timeout of its own."""

PARSERS: dict[Any, Any] = {uuid.UUID: uuid.UUID, datetime: datetime.fromisoformat, date: date.fromisoformat}
"""How arguments are read from JSON, by their annotation."""

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
        """Call the function with JSON arguments, after parsing ids, times and dates by its annotations."""
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
    """Register a function as a job that can be enqueued by its name; with `every`, run it periodically too.

    The function must be safe to run twice: a worker may die after the work and before recording it. A failed job is
    tried again after a pause, `tries` times in all. A worker that has not recorded a result within `lease` counts as
    dead. The function is interrupted after `timeout`, by default a little less than the lease; a function with a longer
    one must call `renew_lease`.
    """

    def register(function: F) -> F:
        if name in _definitions:
            raise ValueError(f"there are two jobs named {name}")
        _definitions[name] = JobDefinition(name, function, tries, lease, timeout or lease - LEASE_MARGIN, every)
        return function

    return register


def register_poller(poller: Poller) -> Poller:
    """Register `poller(queue, stopping)`, called when a queue's workers are notified, and every second or two.

    It does what is due in that queue until nothing is or `stopping()` returns true, and returns how much it did.
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
    types = (annotation, *typing.get_args(annotation))
    if isinstance(value, list) and typing.get_origin(annotation) is list:
        return [_from_json(item, types[1]) for item in value]
    parse = next((PARSERS[kind] for kind in types if kind in PARSERS), None)
    return parse(value) if parse is not None and isinstance(value, str) else value
