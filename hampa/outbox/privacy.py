"""What was sent to a person, and on their behalf."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, delete, or_, select

from hampa.outbox.models import OutboxMessage
from hampa.outbox.wording import masked_text
from hampa.people import privacy_registry
from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(OutboxMessage.person_id, noun="messages_sent", fate="delete")
privacy_registry.holds(OutboxMessage.actor_id, left_out="it was written to others, and is theirs", fate="delete")


@privacy_registry.exports(
    "messages_sent", _l("SMS that Hampa sent to you, or to somebody for you; they are kept for 90 days")
)
def messages_sent(person: Person) -> Iterator[dict[str, Any]]:
    """With the text as it was sent, codes veiled. A number may have been somebody else's before: what was for them is not
    this person's."""
    columns = privacy_registry.columns(
        OutboxMessage, "id created_at kind purpose recipient locale status sent_at template data"
    )
    of_nobody = and_(OutboxMessage.recipient == person.phone, OutboxMessage.person_id.is_(None))
    mine = or_(OutboxMessage.person_id == person.id, of_nobody)
    for row in privacy_registry.rows(select(*columns).where(mine).order_by(OutboxMessage.created_at, OutboxMessage.id)):
        template, data = row.pop("template"), row.pop("data")
        yield row | {"text": masked_text(template, data, row["recipient"], row["locale"], person)}


@privacy_registry.erases
def forget_messages(person: Person) -> None:
    """What went to the person's number without knowing whose it is: codes above all."""
    gone = delete(OutboxMessage).where(OutboxMessage.recipient == person.phone)
    db.session.execute(gone.execution_options(synchronize_session=False))
