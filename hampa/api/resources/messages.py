"""Conversations of two people, of runs and of crews, and their messages."""

import uuid
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.message_shapes import (
    ConversationData,
    ListedConversationData,
    MessageData,
    conversation_as_data,
    listed_conversation_as_data,
    message_as_data,
    messages_as_page,
    number_after,
)
from hampa.api.shapes import Summary, summary_as_data
from hampa.messages.actions import changing, crews, writing
from hampa.messages.forms import ChangeForm, MessageForm, RemovalForm
from hampa.messages.models import LONGEST, LONGEST_REASON, Message
from hampa.messages.queries import conversations, ground, listing, thread
from hampa.people.queries import PersonSummary
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("messages", _l("Messages"))


class ConversationsQuery(Paging):
    """Which conversations: yours, or first messages of people you don't know, which wait for you to accept them."""

    box: Annotated[str, OneOf("inbox", "requests")] = "inbox"


class MessagesQuery(Paging):
    """Which messages of a conversation."""

    q: str = Field("", max_length=80, description="Words that the messages have, or words that begin like them.")


class MessageBody(Body):
    """The text of a message. Addresses in it are links."""

    text: str = Field(min_length=1, max_length=LONGEST)


class RequestBody(Body):
    """Your answer to a first message; who wrote it is not told. One that you declined can be accepted later."""

    decision: Annotated[str, OneOf(*changing.DECISIONS)]


class RemovalBody(Body):
    """Why you remove a message of another member; the crew's admins read it in its log."""

    reason: str = Field("", max_length=LONGEST_REASON)


class UnreadConversations(TypedDict):
    """How many conversations have something unread, up to 100, and how many first messages wait (`requests`)."""

    unread: int
    requests: int


class AddresseeData(TypedDict):
    """A person, and your conversation if there is one.

    `way` is how you may begin to write: `direct`, by one message that waits until they accept it (`request`), or null.
    """

    person: Summary
    way: Annotated[str, OneOf("direct", "request")] | None
    conversation_id: uuid.UUID | None


@resource.get("/conversations")
def list_conversations(query: ConversationsQuery) -> Page[ListedConversationData]:
    """List your conversations, the one with the last message first."""
    rows = listing.requests_of if query.box == "requests" else listing.conversations_of
    return rows(me(), query.after, query.limit).of_rows(listed_conversation_as_data)


@resource.get("/conversations/unread")
def count_unread_conversations() -> UnreadConversations:
    """Count the conversations with something unread, and the first messages that wait for you."""
    return {"unread": listing.unread_count(me()), "requests": listing.request_count(me())}


@resource.get("/conversations/<uuid:conversation_id>")
def read_conversation(conversation_id: uuid.UUID) -> ConversationData:
    """Return a conversation of yours, which is not read by that."""
    return conversation_as_data(conversations.conversation_for(me(), conversation_id))


@resource.get("/conversations/<uuid:conversation_id>/messages")
def list_messages(conversation_id: uuid.UUID, query: MessagesQuery) -> Page[MessageData]:
    """List the messages of a conversation, the newest first, or those with some words."""
    conversation, before = conversations.conversation_for(me(), conversation_id), number_after(query.after)
    if query.q:
        return messages_as_page(thread.found_before(me(), conversation, query.q, before, query.limit))
    return messages_as_page(thread.messages_before(me(), conversation, before, query.limit))


@resource.post("/conversations/<uuid:conversation_id>/messages", needs_name=True)
def write_message(conversation_id: uuid.UUID, body: MessageBody) -> Created[MessageData]:
    """Write in a conversation. To write to somebody whose first message waits is to accept it."""
    text = valid_form(MessageForm, body).text.data
    return _written(writing.write_in(me(), conversation_id, text))


@resource.get("/conversations/<uuid:conversation_id>/messages/<uuid:message_id>")
def read_message(conversation_id: uuid.UUID, message_id: uuid.UUID) -> MessageData:
    """Return a message."""
    conversation = conversations.conversation_for(me(), conversation_id)
    return message_as_data(thread.message_in(me(), conversation, message_id))


@resource.patch("/conversations/<uuid:conversation_id>/messages/<uuid:message_id>", locks=Message)
def change_message(conversation_id: uuid.UUID, message_id: uuid.UUID, body: MessageBody) -> MessageData:
    """Change a message of yours, within 15 minutes; it is marked as edited."""
    changing.change_message(me(), conversation_id, message_id, valid_form(ChangeForm, body).text.data)
    return read_message(conversation_id, message_id)


@resource.delete("/conversations/<uuid:conversation_id>/messages/<uuid:message_id>", locks=Message)
def delete_message(conversation_id: uuid.UUID, message_id: uuid.UUID) -> None:
    """Delete a message of yours for everybody."""
    changing.delete_message(me(), conversation_id, message_id)


@resource.post("/conversations/<uuid:conversation_id>/messages/<uuid:message_id>/removal")
def remove_message(conversation_id: uuid.UUID, message_id: uuid.UUID, body: RemovalBody) -> MessageData:
    """Remove a message of another member of a crew, as an organiser with the right to."""
    crews.remove_message(me(), conversation_id, message_id, valid_form(RemovalForm, body).reason.data or "")
    return read_message(conversation_id, message_id)


@resource.post("/conversations/<uuid:conversation_id>/request")
def answer_message_request(conversation_id: uuid.UUID, body: RequestBody) -> ConversationData:
    """Accept or decline a first message."""
    changing.answer_request(me(), conversation_id, body.decision)
    return read_conversation(conversation_id)


@resource.put("/conversations/<uuid:conversation_id>/mute")
def mute_conversation(conversation_id: uuid.UUID) -> None:
    """Mute a conversation: you are notified of no more messages in it."""
    changing.set_muted(me(), conversation_id, muted=True)


@resource.delete("/conversations/<uuid:conversation_id>/mute")
def unmute_conversation(conversation_id: uuid.UUID) -> None:
    """Hear of new messages in a conversation again."""
    changing.set_muted(me(), conversation_id, muted=False)


@resource.post("/conversations/<uuid:conversation_id>/read")
def mark_conversation_read(conversation_id: uuid.UUID) -> None:
    """Mark all messages of a conversation as read; where you share it, the others see that."""
    conversation = conversations.conversation_for(me(), conversation_id)
    if conversation.unread:
        changing.mark_read(me(), conversation)


@resource.get("/people/<uuid:person_id>/conversation")
def read_conversation_with(person_id: uuid.UUID) -> AddresseeData:
    """Return whether you may write to a person, and the conversation that you have."""
    addressee = ground.addressee_for(me(), person_id)
    person = addressee.person
    return {
        "person": summary_as_data(PersonSummary(person.id, person.name, person.avatar)),
        "way": addressee.way,
        "conversation_id": addressee.conversation_id,
    }


@resource.post("/people/<uuid:person_id>/conversation", needs_name=True)
def write_to_person(person_id: uuid.UUID, body: MessageBody) -> Created[MessageData]:
    """Write to a person, in the one conversation that you two have, which begins with it."""
    text = valid_form(MessageForm, body).text.data
    return _written(writing.write_to_person(me(), person_id, text))


@resource.get("/runs/<uuid:run_id>/conversation")
def read_conversation_of_run(run_id: uuid.UUID) -> ConversationData:
    """Return the conversation of a run, which those who go and its organisers have."""
    return conversation_as_data(conversations.run_conversation_for(me(), run_id))


@resource.post("/runs/<uuid:run_id>/conversation", needs_name=True)
def write_to_run(run_id: uuid.UUID, body: MessageBody) -> Created[MessageData]:
    """Write to all who go to a run and its organisers, until a week after it."""
    text = valid_form(MessageForm, body).text.data
    return _written(writing.write_to_run(me(), run_id, text))


@resource.get("/crews/<uuid:crew_id>/conversation")
def read_conversation_of_crew(crew_id: uuid.UUID) -> ConversationData:
    """Return the conversation of a crew, which its members have."""
    return conversation_as_data(conversations.crew_conversation_for(me(), crew_id))


@resource.post("/crews/<uuid:crew_id>/conversation", needs_name=True)
def write_to_crew(crew_id: uuid.UUID, body: MessageBody) -> Created[MessageData]:
    """Write to all members of a crew."""
    text = valid_form(MessageForm, body).text.data
    return _written(crews.write_to_crew(me(), crew_id, text))


def _written(message: Message) -> Created[MessageData]:
    """Return a message that was written, as its author reads it."""
    place = f"/conversations/{message.conversation_id}/messages/{message.id}"
    return Created(read_message(message.conversation_id, message.id), place)
