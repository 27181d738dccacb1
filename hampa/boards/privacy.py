"""Export and erasure of who made boards."""

from collections.abc import Iterable
from typing import Any

from hampa.boards.models import Board
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(Board.author_id, noun="duty_boards", fate="empty")


@privacy_registry.exports("duty_boards", _l("Boards for meeting points that you made"))
def export_boards(person: Person) -> Iterable[dict[str, Any]]:
    """Return the boards, without their links."""
    return privacy_registry.rows_of(person, Board.author_id, "id crew_id series_id created_at")
