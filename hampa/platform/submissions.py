"""Forms that create one thing, however often they are sent.

Each page with such a form carries a random id (`platform.web.forms.OnceForm`). The id of a submission, derived from it,
from the person and from everything that was sent, is inserted in the transaction that creates the thing: of two equal
submissions the second waits for the first, and then returns what that one created.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Index, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from hampa.platform import clock, jobs
from hampa.platform.db import Record, db

REMEMBERED = timedelta(days=2)
"""How long a form that is sent again creates nothing new."""


class Submission(Record, db.Model):
    """A form that was sent, and the id of the row that it created; its own id is a hash."""

    __tablename__ = "submissions"
    __table_args__ = (Index("ix_submissions_created_at", "created_at"),)

    created_id: Mapped[uuid.UUID | None]


def create_once(submission_id: uuid.UUID, create: Callable[[], uuid.UUID]) -> uuid.UUID:
    """Call `create`, which returns the id of what it creates, or return the id that an equal submission got before.

    `create` must not commit. When the transaction is rolled back, the submission may be sent again.
    """
    if not claim(submission_id):
        earlier = created_by(submission_id)
        if earlier is None:
            raise LookupError(f"submission {submission_id} has created nothing")
        return earlier
    created_id = create()
    db.session.execute(update(Submission).where(Submission.id == submission_id).values(created_id=created_id))
    return created_id


def claim(submission_id: uuid.UUID) -> bool:
    """Insert a submission, and return whether it is new. Of two at the same time the second waits for the first."""
    inserted = insert(Submission).values(id=submission_id, created_at=clock.now()).on_conflict_do_nothing()
    return db.session.scalar(inserted.returning(Submission.id)) is not None


def is_done(submission_id: uuid.UUID) -> bool:
    """Return whether a submission was claimed, and what it did was committed."""
    return db.session.get(Submission, submission_id, populate_existing=True) is not None


def created_by(submission_id: uuid.UUID) -> uuid.UUID | None:
    """Return the id of what a submission has created, or None."""
    return db.session.scalar(select(Submission.created_id).where(Submission.id == submission_id))


@jobs.job("submissions.forget", every=timedelta(hours=1))
def forget_submissions() -> None:
    """Delete submissions that nobody repeats any more."""
    old = delete(Submission).where(Submission.created_at <= clock.now() - REMEMBERED)
    db.session.execute(old, execution_options={"synchronize_session": False})
    db.session.commit()
