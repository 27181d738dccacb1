"""Entries of timelines, likes and comments."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.reactions.actions import add_comment, like
from hampa.timeline.models import TimelineComment, TimelineEntry, TimelineLike
from hampa.training.models.choices import TrainingChoices
from tests.factories.base import made
from tests.factories.training import make_activity, make_goal, make_timer, tell_of_plans


def make_entry(person: Person, kind: str, subject_id: uuid.UUID, **given: Any) -> TimelineEntry:
    """Make an entry of what happened an hour ago."""
    usual = {"person_id": person.id, "kind": kind, "subject_id": subject_id, "happened_at": clock.now()}
    return made(TimelineEntry, **(usual | given))


def make_entry_comment(entry: TimelineEntry, author: Person, text: str = "Well done") -> TimelineComment:
    """Make a comment."""
    return made(TimelineComment, entry_id=entry.id, author_id=author.id, text=text)


def make_timeline(person: Person) -> None:
    """Make one of each thing that a timeline has of a person, and their timer and choices."""
    make_timer(person)
    make_goal(person)
    made(TrainingChoices, person_id=person.id)
    entry = make_entry(person, "activity_logged", ids.new_id())
    made(TimelineLike, entry_id=entry.id, person_id=person.id)
    make_entry_comment(entry, person, "quince-comment")


def tell_of_training(actor: Person, reader: Person, mark: str) -> None:
    """Have each of two people tell the other of plans, like what the other did, and comment on it with a mark."""
    tell_of_plans(actor, reader, mark)
    for one, other in ((actor, reader), (reader, actor)):
        activity = make_activity(other, visibility="everyone", note=mark)
        entry = make_entry(other, "activity_logged", activity.id)
        like(one, entry.id)
        add_comment(one, entry.id, f"{mark} comment")


def timeline_values(person: Person, friend: Person, activity_id: uuid.UUID) -> dict[str, Any]:
    """Return what stands for placeholders of routes: the entry of an activity, with a comment of a friend."""
    logged = select(TimelineEntry).where(TimelineEntry.subject_id == activity_id)
    entry = db.session.scalar(logged) or make_entry(person, "activity_logged", activity_id)
    comment = db.session.scalar(select(TimelineComment).where(TimelineComment.entry_id == entry.id))
    return {"entry_id": entry.id, "entry_comment_id": (comment or make_entry_comment(entry, friend)).id}
