"""What people say under runs."""

from __future__ import annotations

from typing import Any

from hampa.comments.models import Comment
from hampa.people.models import Person
from hampa.runs.models.run import Run
from tests.factories.base import made, number
from tests.factories.people import make_person


def make_comment(run: Run, author: Person | None = None, **given: Any) -> Comment:
    """Somebody's words under a run."""
    values = {"text": f"Comment {number()}"}
    return made(Comment, run_id=run.id, author_id=(author or make_person()).id, **(values | given))
