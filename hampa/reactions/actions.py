"""Liking what happened, and commenting on it."""

import math
import uuid
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.reactions.queries import removable_comment
from hampa.timeline.models import TimelineComment, TimelineLike
from hampa.timeline.queries import Entry, entry_for

LIKES_AN_HOUR = 300
MOST, WITHIN = 10, timedelta(minutes=10)
"""Comments of one person on one entry."""
NOTICE_LIFETIME = timedelta(days=30)


def like(person: Person, entry_id: uuid.UUID) -> Entry:
    """Like an entry that one sees; liked twice, it is liked once. Raise NotFound and TooFast."""
    entry = entry_for(person, entry_id)
    row = {"id": ids.new_id(), "entry_id": entry.id, "person_id": person.id, "created_at": clock.now()}
    made = db.session.execute(
        insert(TimelineLike).values(**row).on_conflict_do_nothing().returning(TimelineLike.id)
    ).first()
    if made is not None:
        limit(person, "reactions.like", LIKES_AN_HOUR, per="hour", error=_too_many_likes)
        notify(
            [entry.person.id],
            "entry_liked",
            actor_id=person.id,
            subject_id=entry.id,
            data={},
            event=f"{entry.id}:{person.id}",
            expires_at=clock.now() + NOTICE_LIFETIME,
        )
    return entry


def unlike(person: Person, entry_id: uuid.UUID) -> None:
    """Take one's like of an entry back, also of one that one does not see any more."""
    mine = TimelineLike.entry_id == entry_id, TimelineLike.person_id == person.id
    db.session.execute(delete(TimelineLike).where(*mine).execution_options(synchronize_session=False))


def add_comment(person: Person, entry_id: uuid.UUID, text: str) -> TimelineComment:
    """Comment on an entry that one sees. Raise NotFound and TooFast."""
    entry = entry_for(person, entry_id)
    comment = TimelineComment(entry_id=entry.id, author_id=person.id, text=text)
    db.session.add(comment)
    db.session.flush()
    limit(person, f"reactions.comment:{entry.id}", MOST, per=WITHIN, error=_too_many)
    hour = math.floor(clock.now().timestamp() / 3600)
    notify(
        [entry.person.id],
        "entry_commented",
        actor_id=person.id,
        subject_id=entry.id,
        data={"comment": str(comment.id)},
        event=f"{entry.id}:{person.id}:{hour}",
        expires_at=clock.now() + NOTICE_LIFETIME,
    )
    return comment


def remove_comment(person: Person, entry_id: uuid.UUID, comment_id: uuid.UUID) -> None:
    """Delete a comment of one's own, or one on an entry of one's own. Raise NotFound and Forbidden."""
    db.session.delete(removable_comment(person, entry_id, comment_id))
    db.session.flush()


def _too_many_likes(seconds: int) -> TooFast:
    return TooFast(_("That was a lot at once. Try again a little later."), seconds)


def _too_many(seconds: int) -> TooFast:
    text = ngettext(
        "That was a lot at once. Try again in %(num)d minute.",
        "That was a lot at once. Try again in %(num)d minutes.",
        math.ceil(seconds / 60),
    )
    return TooFast(text, seconds, "text")
