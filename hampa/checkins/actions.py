"""Checking in, changing what one said, and deleting it."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.checkins import queries
from hampa.checkins.models import CREW, CheckIn
from hampa.crews.models import Crew
from hampa.crews.queries.crews import member_of
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.live import publish
from hampa.platform.locale.i18n import gettext as _


class DuplicateCheckIn(Conflict):
    """The person has checked in for this period before: `check_in_id` is the id of what they said."""

    name = "DUPLICATE_CHECKIN"

    def __init__(self, check_in_id: uuid.UUID) -> None:
        super().__init__(_("You have checked in for this time already. Save again to replace what you said."))
        self.check_in_id = check_in_id


def check_in(
    person: Person, crew_id: uuid.UUID, day: dt.date | None, answers: dict[str, Any], *, replaces: bool = False
) -> CheckIn:
    """Store the answers for the crew's period that begins on a day (None: the current one).

    With `replaces` an earlier check-in for it is changed. The answers may hold the `counted_from` that the person read: a
    crew that lowers it meanwhile does not break the promise. Raise DuplicateCheckIn without `replaces`, Refused for a
    period that is over or a crew that is closed, and Forbidden or NotFound for who does not belong to the crew.
    """
    crew = member_of(person, crew_id).crew
    if crew.closed_at is not None:
        raise Refused(_("This crew is closed: nobody checks in any more."))
    period = queries.period_from(crew, day)
    if period is None:
        raise Refused(_("That period is over. Open the check-in anew to answer for the present one."))
    now = clock.now()
    answers = answers | {"counted_from": max(crew.numbers_from, answers.get("counted_from", 0))}
    once = {"person_id": person.id, "crew_id": crew.id, "period_from": period.starts_on}
    row = {"id": ids.new_id(), **once, "period_to": period.ends_on, "ends_at": period.ends_at, "created_at": now}
    values = insert(CheckIn).values(**row, updated_at=now, **answers)
    added = values.on_conflict_do_nothing(index_elements=list(once)).returning(CheckIn)
    stored = db.session.scalar(added)
    if stored is not None:
        _tell(stored)
        return stored
    query = select(CheckIn).filter_by(**once).with_for_update()
    earlier = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if not replaces:
        raise DuplicateCheckIn(earlier.id)
    return _change(earlier, answers)


def change_check_in(person: Person, check_in_id: uuid.UUID, answers: dict[str, Any]) -> CheckIn:
    """Change a check-in of the person. Raise NotFound, and Refused when its period is over."""
    stored = queries.own_check_in(person, check_in_id, lock=True)
    crew = db.session.get(Crew, stored.crew_id) if stored.crew_id is not None else None
    least = max(crew.numbers_from if crew is not None else 0, answers.get("counted_from", 0))
    return _change(stored, answers | {"counted_from": least})


def _change(check_in: CheckIn, answers: dict[str, Any]) -> CheckIn:
    if not check_in.may_be_changed:
        raise Refused(_("That period is over. What you said for it can be deleted, but not changed."))
    answers = answers | {"counted_from": max(answers["counted_from"], check_in.counted_from)}
    was_shared = check_in.sharing == CREW
    for name, value in answers.items():
        setattr(check_in, name, value)
    db.session.flush()
    _tell(check_in, was_shared=was_shared)
    return check_in


def _tell(stored: CheckIn, *, was_shared: bool = False) -> None:
    """Tell the open pages of the crew of a check-in that it reads, or did until now.

    Of others there is no event, not even without a name: the moment and the number of them would tell who it was.
    """
    if was_shared or stored.sharing == CREW:
        publish(f"crew:{stored.crew_id}", "checked_in", person=stored.person_id)


def delete_check_in(person: Person, check_in_id: uuid.UUID) -> None:
    """Delete a check-in of the person. Raise NotFound."""
    db.session.delete(queries.own_check_in(person, check_in_id, lock=True))
