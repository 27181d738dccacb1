"""Conversations and messages as programs read them."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.messages.models import STATES
from hampa.messages.queries.conversations import SeenConversation
from hampa.messages.queries.listing import ListedConversation
from hampa.messages.queries.thread import SharedRun, ShownMessage, Thread
from hampa.platform.api.requests import OneOf
from hampa.platform.web.paging import Page, decode, encode

State = Annotated[
    str,
    OneOf(*STATES),
    Field(
        description="`sent` while your first message waits, `request` while theirs does, `declined` once you said no."
    ),
]


class RunOfConversationData(TypedDict):
    """The run that a conversation is about."""

    id: uuid.UUID
    title: str


class CrewOfConversationData(TypedDict):
    """The crew whose members have a conversation."""

    id: uuid.UUID
    name: str


class SharedRunData(TypedDict):
    """A run that a message links to, and that you may see."""

    id: uuid.UUID
    title: str
    place: str
    starts_at: datetime
    is_cancelled: bool


class MessageData(TypedDict):
    """A message. `number` counts those of its conversation from 1; a deleted one has no text.

    `is_removed` is whether an organiser of the crew has deleted it.
    """

    id: uuid.UUID
    number: int
    text: str
    author: Summary
    run: SharedRunData | None
    is_own: bool
    is_editable: bool
    is_edited: bool
    is_deleted: bool
    is_removed: bool
    created_at: datetime
    updated_at: datetime
    version: int


class ListedConversationData(TypedDict):
    """A conversation, of two (`other`), of a run (`run`) or of a crew (`crew`); its `version` is the number of its last message.

    `text` is how the last message begins, null if it is deleted. `unread` of a crew counts to 100. `author` is the name of who wrote it, where that is not one of two; `is_waiting` is while your first message is not
    accepted.
    """

    id: uuid.UUID
    other: Summary | None
    run: RunOfConversationData | None
    crew: CrewOfConversationData | None
    unread: int
    is_muted: bool
    is_waiting: bool
    text: str | None
    author: str | None
    is_own: bool
    is_deleted: bool
    last_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class ConversationData(TypedDict):
    """A conversation, of two (`other`), of a run (`run`) or of a crew (`crew`), whose `id` is null until somebody writes.

    In a crew, `why_not_write` says why you may only read, "" where you may write, and `may_remove` is whether you may
    remove messages of others. `read_number` is the number of the last message that the other has read, null where one of you does not share that.
    `is_online` is whether they are here now, where you both show it. Its `version` is the number of its last message. One writes in that of a run until `closes_at`.
    """

    id: uuid.UUID | None
    other: Summary | None
    run: RunOfConversationData | None
    crew: CrewOfConversationData | None
    state: State
    last_number: int
    unread: int
    is_muted: bool
    is_writable: bool
    read_number: int | None
    is_online: bool
    closes_at: datetime | None
    why_not_write: str
    may_remove: bool
    created_at: datetime | None
    updated_at: datetime | None
    version: int


def conversation_as_data(seen: SeenConversation) -> ConversationData:
    """Return a conversation as data."""
    return {
        "id": seen.id,
        "other": summary_as_data(seen.other) if seen.other else None,
        "run": {"id": seen.run.id, "title": seen.run.title} if seen.run else None,
        "crew": {"id": seen.crew.id, "name": seen.crew.name} if seen.crew else None,
        "state": seen.state,
        "last_number": seen.last_number,
        "unread": seen.unread,
        "is_muted": seen.is_muted,
        "is_writable": seen.is_writable,
        "read_number": seen.read_number,
        "is_online": seen.is_online,
        "closes_at": seen.run.closes_at if seen.run else None,
        "why_not_write": seen.crew.why_not_write if seen.crew else "",
        "may_remove": seen.may_remove,
        "created_at": seen.created_at,
        "updated_at": seen.last_at,
        "version": seen.last_number,
    }


def listed_conversation_as_data(row: ListedConversation) -> ListedConversationData:
    """Return a conversation of the list as data."""
    return {
        "id": row.id,
        "other": summary_as_data(row.other) if row.other else None,
        "run": {"id": row.run_id, "title": row.title or ""} if row.run_id else None,
        "crew": {"id": row.crew_id, "name": row.title or ""} if row.crew_id else None,
        "unread": row.unread,
        "is_muted": row.is_muted,
        "is_waiting": row.is_waiting,
        "text": row.text,
        "author": row.author,
        "is_own": row.is_mine,
        "is_deleted": row.is_deleted,
        "last_at": row.last_at,
        "created_at": row.created_at,
        "updated_at": row.last_at,
        "version": row.last_number,
    }


def message_as_data(message: ShownMessage) -> MessageData:
    """Return a message as data."""
    return {
        "id": message.id,
        "number": message.number,
        "text": message.text,
        "author": summary_as_data(message.author),
        "run": _shared_run(message.run) if message.run else None,
        "is_own": message.is_mine,
        "is_editable": message.is_editable,
        "is_edited": message.is_edited,
        "is_deleted": message.is_deleted,
        "is_removed": message.is_removed,
        "created_at": message.created_at,
        "updated_at": message.updated_at,
        "version": message.version,
    }


def number_after(cursor: str | None) -> int | None:
    """Return the number of the message before which a page of messages begins, None for the first page."""
    values = decode(cursor, int)
    return values[0] if values else None


def messages_as_page(thread: Thread) -> Page[MessageData]:
    """Return messages as a page, the newest first."""
    rows = [message_as_data(message) for message in reversed(thread.items)]
    return Page(rows, encode(thread.earlier) if thread.earlier is not None else None)


def _shared_run(run: SharedRun) -> SharedRunData:
    return {
        "id": run.id,
        "title": run.title,
        "place": run.place,
        "starts_at": run.starts_at,
        "is_cancelled": run.is_cancelled,
    }
