"""Reports of comments on entries: how a moderator sees one and removes it."""

import uuid

from sqlalchemy import select

from hampa.moderation.subjects import SubjectSnapshot, subject
from hampa.people.models import Person
from hampa.people.queries import is_visible_to
from hampa.platform.db import db, scalar_or_404
from hampa.platform.jobs import enqueue, job
from hampa.timeline.models import TimelineComment
from hampa.timeline.queries import entry_for


@subject("entry_comment", remove=lambda comment_id: enqueue("reactions.remove_reported", subject_id=comment_id))
def reportable_comment(person: Person, comment_id: uuid.UUID) -> SubjectSnapshot:
    """Return the comment as a subject of a report. Raise NotFound if the person may not see it."""
    query = select(TimelineComment).where(TimelineComment.id == comment_id)
    comment = scalar_or_404(query.where(is_visible_to(person, TimelineComment.author_id)))
    entry = entry_for(person, comment.entry_id)
    return SubjectSnapshot(comment.author_id, entry.person.name, f"/timeline/{entry.id}", {"text": comment.text})


@job("reactions.remove_reported")
def remove_reported_comment(subject_id: uuid.UUID) -> None:
    """Delete a reported comment."""
    comment = db.session.get(TimelineComment, subject_id)
    if comment is not None:
        db.session.delete(comment)
    db.session.commit()
