"""The search index of runs, and the cached lists and pages that show runs."""

from hampa.people.models import Person
from hampa.platform import versions
from hampa.platform.db import db
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import LISTING


def invalidate_listing() -> None:
    """Invalidate cached lists and pages of runs once this transaction is committed."""
    versions.bump(LISTING)


def update_search_index(run: Run) -> None:
    """Update the search columns of a run after a change of its plan or its organiser."""
    run.update_search_index(db.session.get_one(Person, run.organiser_id))
