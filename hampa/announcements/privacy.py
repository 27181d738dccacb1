"""Export and erasure of a person's messages to participants."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete

from hampa.announcements.models import RunMessage
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(
    RunMessage.sender_id, noun="run_messages", fate="keep", because="those who had it keep it, without the name"
)


@privacy_registry.exports("run_messages", _l("What you wrote to all who take part in a run"))
def export_messages(person: Person) -> Iterable[dict[str, Any]]:
    """Return the messages, drafts too; `people` and `texted` count the recipients."""
    columns = "id run_id created_at text statuses by_sms sent_at people texted"
    return privacy_registry.rows_of(person, RunMessage.sender_id, columns)


@privacy_registry.erases
def erase_drafts(person: Person) -> None:
    """Delete messages that were never sent."""
    drafts = delete(RunMessage).where(RunMessage.sender_id == person.id, RunMessage.sent_at.is_(None))
    db.session.execute(drafts.execution_options(synchronize_session=False))
