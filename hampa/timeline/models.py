"""The tables of what happened, likes and comments, and the registry of the kinds of entries.

An entry says that a person did something with a thing (`subject_id`). Who may see it is asked of the thing whenever it is
read; nothing of the thing is stored here. Features above register their kinds.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform.db import Record, db

LONGEST_COMMENT = 300


class TimelineEntry(Record, db.Model):
    """That a person did something of a kind, once with each thing; `plan_id` and `crew_id` are what it belongs to.

    The ids have no foreign keys, because the things are of features above: what is gone is seen by nobody.
    """

    __tablename__ = "timeline_entries"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "person_id"),
        Index("ix_timeline_entries_person_id", "person_id", "happened_at", "id"),
        Index("ix_timeline_entries_plan_id", "plan_id", "happened_at", "id", postgresql_where="plan_id IS NOT NULL"),
        Index("ix_timeline_entries_crew_id", "crew_id", "happened_at", "id", postgresql_where="crew_id IS NOT NULL"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    plan_id: Mapped[uuid.UUID | None]
    crew_id: Mapped[uuid.UUID | None]
    happened_at: Mapped[datetime]


class TimelineLike(Record, db.Model):
    """That a person likes an entry, once."""

    __tablename__ = "timeline_likes"
    __table_args__ = (UniqueConstraint("entry_id", "person_id"), Index("ix_timeline_likes_person_id", "person_id"))

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("timeline_entries.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))


class TimelineComment(Record, db.Model):
    """A short text under an entry, which never changes."""

    __tablename__ = "timeline_comments"
    __table_args__ = (
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST_COMMENT}", name="text_length"),
        Index("ix_timeline_comments_entry_id", "entry_id", "created_at", "id"),
        Index("ix_timeline_comments_author_id", "author_id"),
    )

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("timeline_entries.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    text: Mapped[str]

    author: Mapped[Person] = relationship(lazy="raise")


Values = Mapping[uuid.UUID, Mapping[str, Any]]


@dataclass(frozen=True)
class EntryKind:
    """A kind of entries: its words for the filter, and its feature, whose template `timeline/<name>.html` is its line.

    `is_shown_to` returns the condition of a `TimelineEntry` of the kind, whose `Person` the statement has, that a viewer
    sees it: one statement asks it for all kinds. `load` returns the values of its template and for programs by the ids of
    the things, as the viewer may know them, for all entries of a page at once.
    """

    name: str
    feature: str
    label: Any
    is_shown_to: Callable[[Person], ColumnElement[bool]]
    load: Callable[[Person, Sequence[uuid.UUID]], Values]

    @property
    def template(self) -> str:
        """Return the template of the line."""
        return f"{self.feature}/timeline/{self.name}.html"


_kinds: dict[str, EntryKind] = {}


def register(*kinds: EntryKind) -> None:
    """Add kinds of entries."""
    _kinds.update({kind.name: kind for kind in kinds})


def entry_kinds() -> Mapping[str, EntryKind]:
    """Return all kinds by name, in the order in which features registered them."""
    return _kinds
