"""Export and erasure of the messages that were sent to a person, or on their behalf."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from jinja2 import TemplateError
from sqlalchemy import and_, delete, or_, select

from hampa.outbox import queries
from hampa.outbox.models import OutboxMessage
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.texts.rendering import render_text

VEIL = "•" * 6

privacy_registry.holds(OutboxMessage.person_id, noun="messages_sent", fate="delete")
privacy_registry.holds(OutboxMessage.actor_id, left_out="it was written to others, and is theirs", fate="delete")


@privacy_registry.exports(
    "messages_sent", _l("SMS that Hampa sent to you, or to somebody for you; they are kept for 90 days")
)
def messages_sent(person: Person) -> Iterator[dict[str, Any]]:
    """Return the messages with their text, with dots for codes; without text if it told of what is gone by now.

    A number may have been somebody else's before: messages to that account are left out.
    """
    columns = privacy_registry.columns(
        OutboxMessage, "id created_at kind purpose recipient locale status sent_at template data person_id actor_id"
    )
    to_number = and_(OutboxMessage.recipient == person.phone, OutboxMessage.person_id.is_(None))
    statement = select(*columns).where(or_(OutboxMessage.person_id == person.id, to_number))
    rows = privacy_registry.rows(statement.order_by(OutboxMessage.created_at, OutboxMessage.id))
    for batch in privacy_registry.batches(rows):
        data = queries.data_of([SimpleNamespace(**row) for row in batch])
        for row in batch:
            template, _data, _person, _actor = map(row.pop, ("template", "data", "person_id", "actor_id"))
            read = data[row["id"]]
            text = "" if read is None else _text(template, read, row["recipient"], row["locale"], person)
            yield row | {"text": text}


def _text(template: str, data: dict[str, Any], recipient: str, locale: str, person: Person) -> str:
    """Return the text; empty when today's template can't be rendered with the message's data."""
    try:
        with i18n.use_locale(locale, person.timezone, person.calendar, person.units):
            return render_text(template, data=data, to=recipient, secret=VEIL)
    except (TemplateError, LookupError, TypeError, ValueError):
        return ""


@privacy_registry.erases
def delete_messages_to_number(person: Person) -> None:
    """Delete the messages to the person's number, also those that name no account: codes above all."""
    db.session.execute(
        delete(OutboxMessage).where(OutboxMessage.recipient == person.phone),
        execution_options={"synchronize_session": False},
    )
