"""Adding and removing comments under a run."""

import math
import uuid
from datetime import timedelta

from hampa.comments import queries
from hampa.comments.models import Comment
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.runs.actions.events import tell
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organiser_ids
from hampa.runs.queries.snapshots import run_snapshot

MOST, WITHIN = 10, timedelta(minutes=10)
"""Comments of one person under one run."""
NOTICE_LIFETIME = timedelta(days=30)


def add_comment(author: Person, run_id: uuid.UUID, text: str) -> Comment:
    """Add a comment, and notify the organisers once an hour at most. Raise Refused a week after the run, TooFast and NotFound."""
    run = runs.run_for(author, run_id)
    if clock.now() >= queries.closes_at(run):
        raise Refused(_("Comments closed a week after the run."), "text")
    comment = Comment(run_id=run.id, author_id=author.id, text=text)
    db.session.add(comment)
    db.session.flush()
    limit(author, f"comments.add:{run.id}", MOST, per=WITHIN, error=_too_many)
    now = clock.now()
    tell(run, "comment.added", {"comment_id": str(comment.id), "person_id": str(author.id)})
    notify(
        organiser_ids(run.id),
        "run_comment",
        actor_id=author.id,
        subject_id=run.id,
        data={**run_snapshot(run), "comment": str(comment.id)},
        event=f"{run.id}:{math.floor(now.timestamp() / 3600)}",
        expires_at=now + NOTICE_LIFETIME,
    )
    return comment


def remove_comment(person: Person, run_id: uuid.UUID, comment_id: uuid.UUID) -> None:
    """Delete a comment. Raise NotFound, and Forbidden unless the person wrote it or organises the run."""
    db.session.delete(queries.removable_comment(person, run_id, comment_id))


def _too_many(seconds: int) -> TooFast:
    text = ngettext(
        "That was a lot at once. Try again in %(num)d minute.",
        "That was a lot at once. Try again in %(num)d minutes.",
        math.ceil(seconds / 60),
    )
    return TooFast(text, seconds, "text")
