"""Export and erasure of a person's messages to people with duties."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete

from hampa.broadcasts.models import DRAFT, TO_BE_SENT, Broadcast
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(
    Broadcast.sender_id, noun="duty_messages", fate="keep", because="those who had it keep it, without the name"
)
privacy_registry.holds(Broadcast.stopped_by_id, noun="duty_messages_stopped", fate="empty")


@privacy_registry.exports("duty_messages", _l("What you wrote to people with duties"))
def export_messages(person: Person) -> Iterable[dict[str, Any]]:
    """Return the messages, drafts too; `people` and `texted` count the recipients."""
    columns = (
        "id crew_id series_id created_at text audience schedule_id starts_at day channels state send_at approved_at"
        " finished_at stopped_at people texted"
    )
    return privacy_registry.rows_of(person, Broadcast.sender_id, columns)


@privacy_registry.exports("duty_messages_stopped", _l("Messages to people with duties that you stopped"))
def export_stopped(person: Person) -> Iterable[dict[str, Any]]:
    """Return when, without what others wrote."""
    return privacy_registry.rows_of(person, Broadcast.stopped_by_id, "id crew_id series_id stopped_at")


@privacy_registry.erases
def erase_unsent(person: Person) -> None:
    """Delete messages that nobody was sent yet."""
    unsent = delete(Broadcast).where(Broadcast.sender_id == person.id, Broadcast.state.in_((DRAFT, *TO_BE_SENT)))
    db.session.execute(unsent.where(Broadcast.last_id.is_(None)).execution_options(synchronize_session=False))
