"""What becomes of the runs to come of somebody who leaves Hampa: a step at a time, each a transaction of its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import delete

from hampa.account.queries import account_deletion
from hampa.organising.actions.ownership import hand_over
from hampa.people.models.person import Person
from hampa.people.queries.people import by_id
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.runs.actions.joining import leave_run
from hampa.runs.actions.organisers import step_down
from hampa.runs.actions.plan import cancel_run
from hampa.runs.models.organiser import RunOrganiser
from hampa.series import queries as all_series
from hampa.series.actions.changes import end_series
from hampa.series.actions.memberships import leave_series

Heirs = Mapping[str, str | None]
"""Who is to have a run or a series, by the id of either; None when it is to be called off."""


def depart(person: Person, heirs: Heirs) -> bool:
    """Take the next step out of all runs to come; false when none is left.

    Series first, so that none makes another run; then the person's own runs, those they organise with others, and last
    the places they have, which go to who waits.
    """
    for series_id in account_deletion.comes_somewhere_every_time(person):
        leave_series(person, series_id)
        return True
    series = account_deletion.next_series_of(person)
    if series is not None:
        _hand_on_series(person, series.id, heirs.get(str(series.id)))
        return True
    own = account_deletion.next_run_of(person)
    if own is not None:
        _hand_on_run(person, own[0], heirs.get(str(own[0])) or heirs.get(str(own[1])))
        return True
    shared = account_deletion.next_shared_run_of(person)
    if shared is not None:
        step_down(person, shared)
        return True
    place = account_deletion.next_place_of(person)
    if place is not None:
        leave_run(person, place)
        return True
    return False


def _hand_on_series(person: Person, series_id: uuid.UUID, heir_id: str | None) -> None:
    """Its runs are handed on one by one after it."""
    heir = by_id(uuid.UUID(heir_id)) if heir_id else None
    if heir is None or heir.state != "active":
        end_series(person, series_id)
    else:
        all_series.locked(series_id).organiser_id = heir.id


def _hand_on_run(person: Person, run_id: uuid.UUID, heir_id: str | None) -> None:
    """To whom it was promised, if they can still have it; else it is called off, and those who would have come are told."""
    if heir_id and uuid.UUID(heir_id) in account_deletion.heirs_of(run_id):
        try:
            with db.session.begin_nested():
                hand_over(person, run_id, uuid.UUID(heir_id))
            db.session.execute(
                delete(RunOrganiser).where(RunOrganiser.run_id == run_id, RunOrganiser.person_id == person.id)
            )
            return
        except Refused:  # they stepped down at this very moment
            pass
    cancel_run(person, run_id)
