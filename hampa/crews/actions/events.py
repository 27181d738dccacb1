"""What happens in crews, told to higher features in the same transaction.

The names are stored by them and never change: `crew.member_joined`, `crew.member_left` (with `how`), `crew.member_changed`
(another role or other rights) and `crew.member_asked`, each with `person_id`, which not everybody may be told;
`crew.notice_posted` (with `notice_id` and `person_id`), and `crew.changed` (with `changes`, the names of settings).
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

NAMES = (
    "crew.member_joined",
    "crew.member_left",
    "crew.member_changed",
    "crew.member_asked",
    "crew.notice_posted",
    "crew.changed",
)
LEFT, REMOVED, BANNED, GONE = "left", "removed", "banned", "gone"
WAYS_OUT = (LEFT, REMOVED, BANNED, GONE)
"""How a member left: by themselves, removed or banned by organisers, or with their account."""
Listener = Callable[[uuid.UUID, str, dict[str, Any]], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> Listener:
    """Have a function called with the id of a crew, the name of an event, and its ids and states: never words of people."""
    _listeners.append(listener)
    return listener


def tell(crew_id: uuid.UUID, name: str, **happening: Any) -> None:
    """Tell higher features of an event of a crew; they flush nothing."""
    for listener in _listeners:
        listener(crew_id, name, happening)


def tell_of_member(crew_id: uuid.UUID, name: str, person_id: uuid.UUID, **happening: Any) -> None:
    """Tell higher features of what became of a member."""
    tell(crew_id, name, person_id=str(person_id), **happening)


def tell_changed(crew_id: uuid.UUID, changes: Sequence[str]) -> None:
    """Tell higher features which settings of a crew changed."""
    tell(crew_id, "crew.changed", changes=list(changes))
