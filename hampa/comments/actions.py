"""Saying something under a run, and taking it away."""

from __future__ import annotations

import math
import uuid
from datetime import timedelta

from sqlalchemy import select

from hampa.comments import queries
from hampa.comments.models import Comment
from hampa.notifications.actions import notify
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.i18n import ngettext
from hampa.runs.actions.notices import snapshot
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organiser_ids

MOST, WITHIN = 10, timedelta(minutes=10)
"""Comments of one person under one run."""
ONCE = timedelta(minutes=1)
TOLD_FOR = timedelta(days=30)


def add_comment(author: Person, run_id: uuid.UUID, text: str) -> None:
    """Say something under a run; its organisers hear of it, once an hour at most.

    The same words as just before are a second tap, and said once. Raises TooFast after ten in ten minutes, and
    NotFound.
    """
    run = runs.run_for(author, run_id)
    # One after another for each person, so that the limit counts what another request is about to add.
    db.session.execute(select(Person.id).where(Person.id == author.id).with_for_update(key_share=True))
    now = clock.now()
    before = select(Comment.created_at, Comment.text).where(
        Comment.run_id == run.id, Comment.author_id == author.id, Comment.created_at > now - WITHIN
    )
    lately = db.session.execute(before.order_by(Comment.created_at)).all()
    if lately and lately[-1].text == text and lately[-1].created_at > now - ONCE:
        return
    if len(lately) >= MOST:
        seconds = math.ceil((lately[-MOST].created_at + WITHIN - now).total_seconds())
        minutes = math.ceil(seconds / 60)
        raise TooFast(
            ngettext(
                "That was a lot at once. Go on in %(num)d minute.",
                "That was a lot at once. Go on in %(num)d minutes.",
                minutes,
            ),
            seconds,
        )
    db.session.add(Comment(run_id=run.id, author_id=author.id, text=text))
    db.session.flush()
    _tell_organisers(run, author, text)


def remove_comment(person: Person, run_id: uuid.UUID, comment_id: uuid.UUID) -> None:
    """Take a comment away for good. Raises NotFound, and Forbidden for all but its author and the organisers."""
    db.session.delete(queries.comment_of(person, run_id, comment_id))


def _tell_organisers(run: Run, author: Person, text: str) -> None:
    now = clock.now()
    notify(
        organiser_ids(run.id),
        "run_comment",
        actor_id=author.id,
        subject_id=run.id,
        data={**snapshot(run), "name": author.name, "line": text},
        event=f"{run.id}:{math.floor(now.timestamp() / 3600)}",
        expires_at=now + TOLD_FOR,
    )
