"""Tables of conversations, their members and their messages."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db, one_of
from hampa.platform.texts.search import WordVector

LONGEST, LONGEST_REASON = 2000, 200
EDITABLE_FOR = timedelta(minutes=15)
OPEN, SENT, REQUEST, DECLINED = "open", "sent", "request", "declined"
STATES = (OPEN, SENT, REQUEST, DECLINED)


class Conversation(Record, db.Model):
    """A conversation of two people, `low_id` and `high_id`, or that of a run or a crew, of which each has one at most.

    `last_number` is the number of its last message; who changes it holds the lock under which messages are numbered.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(run_id, crew_id) <= 1"
            " AND num_nonnulls(low_id, high_id) = CASE WHEN num_nonnulls(run_id, crew_id) = 0 THEN 2 ELSE 0 END",
            name="two_or_group",
        ),
        CheckConstraint("low_id < high_id", name="ordered_pair"),
        UniqueConstraint("low_id", "high_id"),
        Index("ix_conversations_high_id", "high_id", postgresql_where="high_id IS NOT NULL"),
    )

    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), unique=True)
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"), unique=True)
    low_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    high_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    last_number: Mapped[int] = mapped_column(default=0, server_default="0")


class ConversationMember(Record, db.Model):
    """A person in a conversation, with all that the list of their conversations is made of.

    `other_id` is the other one of two; `run_id` is the run. Who may read and write in the conversation of a run is
    decided by their place in it, not by this row, which a message makes for everybody who has one.

    In that of a crew, whose id is `crew_id`, a message writes no rows but its author's: a member has a row once they
    have read something or muted the conversation, of which `read_number` and `muted_at` alone mean something. What is
    unread is counted when it is asked for.

    `state` is "open", or, until the second of two has answered the first message of the other: "sent" for the first,
    "request" for the second, "declined" once they have declined, which the first is not told. `last_number` and
    `last_at` are those of the last message that the person may see, `read_number` of the last that they have read, and
    `unread` counts those of others after it. From `muted_at` on they are not notified.
    """

    __tablename__ = "conversation_members"
    __table_args__ = (
        UniqueConstraint("conversation_id", "person_id"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("num_nonnulls(other_id, run_id, crew_id) = 1", name="two_or_group"),
        CheckConstraint("unread >= 0", name="unread"),
        Index("ix_conversation_members_person_id_last_at", "person_id", "last_at", "conversation_id"),
        Index("ix_conversation_members_unread", "person_id", postgresql_where="unread > 0"),
        Index("ix_conversation_members_other_id", "other_id", "person_id", postgresql_where="other_id IS NOT NULL"),
        Index("ix_conversation_members_run_id", "run_id", postgresql_where="run_id IS NOT NULL"),
        Index("ix_conversation_members_crew_id", "crew_id", postgresql_where="crew_id IS NOT NULL"),
    )

    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    other_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(default=OPEN, server_default=OPEN)
    last_number: Mapped[int] = mapped_column(default=0, server_default="0")
    last_at: Mapped[datetime]
    read_number: Mapped[int] = mapped_column(default=0, server_default="0")
    unread: Mapped[int] = mapped_column(default=0, server_default="0")
    muted_at: Mapped[datetime | None]


class Message(Record, db.Model):
    """A message; `number` counts those of its conversation from 1, without gaps.

    `changes` counts those, of its text and by deleting it.
    A deleted message keeps its place, without text; `is_removed` is whether an organiser of the crew has done that.
    `run_id` is the first run that the text links to.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "number"),
        CheckConstraint(
            f"CASE WHEN deleted_at IS NULL THEN char_length(text) BETWEEN 1 AND {LONGEST} ELSE text = '' END",
            name="text_length",
        ),
        CheckConstraint("NOT is_removed OR deleted_at IS NOT NULL", name="removed_is_deleted"),
        Index("ix_messages_author_id_conversation_id", "author_id", "conversation_id"),
        Index("ix_messages_run_id", "run_id", postgresql_where="run_id IS NOT NULL"),
    )

    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    number: Mapped[int]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    search: Mapped[Any] = mapped_column(WordVector)
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    is_removed: Mapped[bool] = mapped_column(default=False, server_default="false")
    changes: Mapped[int] = mapped_column(default=0, server_default="0")
