"""What happens in runs, told to higher features in the same transaction.

The names are stored by them and never change: `run.published`, `run.changed` (with `changes`), `run.cancelled`,
`participant.changed` (with `person_id`, which not everybody may be told, `status` and, where it is known, `before`) and
`comment.added` (with `comment_id` and `person_id`).
"""

from collections.abc import Callable, Sequence
from typing import Any

from hampa.runs.models.run import Run

NAMES = ("run.published", "run.changed", "run.cancelled", "participant.changed", "comment.added")
Happening = dict[str, Any]
"""Ids as texts, numbers, and names of states and columns; never words of people."""
Listener = Callable[[Run, str, Sequence[Happening]], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> Listener:
    """Have a function called with a run, the name of an event, and one entry for each time that it happened."""
    _listeners.append(listener)
    return listener


def tell(run: Run, name: str, *happenings: Happening) -> None:
    """Tell higher features of an event of a run. The run need not be flushed, and they don't flush it."""
    for listener in _listeners if happenings else ():
        listener(run, name, happenings)
