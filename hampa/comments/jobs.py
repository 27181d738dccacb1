"""Reports of comments: how a moderator sees a comment and removes it."""

import uuid

from sqlalchemy import select

from hampa.comments.models import Comment
from hampa.moderation.subjects import SubjectSnapshot, subject
from hampa.people.models import Person
from hampa.people.queries import is_visible_to
from hampa.platform.db import db, scalar_or_404
from hampa.platform.jobs import enqueue, job
from hampa.runs.queries import runs


@subject("comment", remove=lambda comment_id: enqueue("runs.remove_reported_comment", subject_id=comment_id))
def reportable_comment(person: Person, comment_id: uuid.UUID) -> SubjectSnapshot:
    """Return the comment as a subject of a report. Raise NotFound if the person may not see it."""
    comment = scalar_or_404(select(Comment).where(Comment.id == comment_id, is_visible_to(person, Comment.author_id)))
    run = runs.run_for(person, comment.run_id)
    return SubjectSnapshot(comment.author_id, run.title, f"/runs/{run.id}/comments", {"text": comment.text})


@job("runs.remove_reported_comment")
def remove_reported_comment(subject_id: uuid.UUID) -> None:
    """Delete a reported comment."""
    comment = db.session.get(Comment, subject_id)
    if comment is not None:
        db.session.delete(comment)
    db.session.commit()
