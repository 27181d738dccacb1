"""What moderation needs to know of comments: how one is seen, and how it is taken away."""

from __future__ import annotations

import uuid

from hampa.comments.models import Comment
from hampa.moderation.subjects import Seen, subject
from hampa.people.models.person import Person
from hampa.people.queries.blocks import are_hidden
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.runs.queries import runs


@subject("comment", remove=lambda found: enqueue("runs.remove_reported_comment", subject_id=found))
def seen_comment(person: Person, comment_id: uuid.UUID) -> Seen:
    """A comment under a run that this person may see."""
    comment = db.session.get(Comment, comment_id)
    if comment is None or are_hidden(person.id, comment.author_id):
        raise NotFound
    run = runs.run_for(person, comment.run_id)
    return Seen(comment.author_id, run.title, f"/runs/{run.id}/comments", {"text": comment.text})


@job("runs.remove_reported_comment")
def remove_comment(subject_id: uuid.UUID) -> None:
    """Take a comment away for good."""
    comment = db.session.get(Comment, subject_id)
    if comment is not None:
        db.session.delete(comment)
    db.session.commit()
