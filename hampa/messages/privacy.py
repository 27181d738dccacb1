"""Export and erasure of a person's conversations and messages."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.messages.models import Conversation, ConversationMember, Message
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

WRITTEN = "who has them keeps them, as those of a deleted person"

privacy_registry.holds(Message.author_id, noun="messages", fate="keep", because=WRITTEN)
privacy_registry.holds(ConversationMember.person_id, noun="conversations", fate="delete")
privacy_registry.holds(
    ConversationMember.other_id, left_out="the conversation is the other's too", fate="keep", because=WRITTEN
)
privacy_registry.holds(Conversation.low_id, left_out="the same as in conversations", fate="keep", because=WRITTEN)
privacy_registry.holds(Conversation.high_id, left_out="the same as in conversations", fate="keep", because=WRITTEN)


@privacy_registry.exports("conversations", _l("Conversations that you take part in"))
def export_conversations(person: Person) -> Iterable[dict[str, Any]]:
    """Return the conversations of two, and those of runs and crews by the ids of these."""
    columns = "conversation_id run_id crew_id state last_at unread muted_at created_at"
    return privacy_registry.rows_of(person, ConversationMember.person_id, columns)


@privacy_registry.exports("messages", _l("What you wrote to others"))
def export_messages(person: Person) -> Iterable[dict[str, Any]]:
    """Return the messages, the oldest first; a deleted one has no text."""
    columns = privacy_registry.columns(
        Message, "id conversation_id number created_at text edited_at deleted_at is_removed"
    )
    return privacy_registry.rows_in_order(select(*columns).where(Message.author_id == person.id), Message)
