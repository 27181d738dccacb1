"""What higher features do when a crew is closed, and when it bans somebody."""

import uuid
from collections.abc import Callable

WhenClosed = Callable[[uuid.UUID, uuid.UUID, bool], None]
WhenBanned = Callable[[uuid.UUID, uuid.UUID], None]
_when_closed: list[WhenClosed] = []
_when_banned: list[WhenBanned] = []


def when_closed(act: WhenClosed) -> WhenClosed:
    """Register what is done when an admin closes a crew: with its id, theirs, and whether its runs are cancelled."""
    _when_closed.append(act)
    return act


def when_banned(act: WhenBanned) -> WhenBanned:
    """Register what is done when a crew bans somebody: with its id, and theirs."""
    _when_banned.append(act)
    return act


def tell_closed(crew_id: uuid.UUID, admin_id: uuid.UUID, *, cancels_runs: bool) -> None:
    """Have the features do what they do when a crew is closed, in the caller's transaction."""
    for act in _when_closed:
        act(crew_id, admin_id, cancels_runs)


def tell_banned(crew_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Have the features do what they do when somebody is banned, in the caller's transaction."""
    for act in _when_banned:
        act(crew_id, person_id)
