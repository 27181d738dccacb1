"""The kind of entries of timelines that duties have: who did one."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from hampa.crews.models import ACTIVE, CrewMembership
from hampa.duties.models import ATTENDED, Booking, Schedule
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_pgettext
from hampa.platform.statements import built_once, is_one_of
from hampa.timeline.models import EntryKind, TimelineEntry, Values, register

DONE = "duty_done"


def _is_shown(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that the duty was done, and is the viewer's or one of their crew."""
    mine = aliased(CrewMembership)
    in_crew = exists().where(mine.crew_id == Schedule.crew_id, mine.person_id == viewer.id, mine.status == ACTIVE)
    done = Booking.id == TimelineEntry.subject_id, Booking.person_id == TimelineEntry.person_id
    return exists().where(
        *done,
        Booking.attendance == ATTENDED,
        Booking.cancelled_at.is_(None),
        Schedule.id == Booking.schedule_id,
        or_(Booking.person_id == viewer.id, in_crew),
    )


def _duties(_viewer: Person, ids: Sequence[uuid.UUID]) -> Values:
    return {row.id: {"booking_id": row.id, "name": row.name} for row in _names(list(ids))}


@built_once
def _names(ids: list[uuid.UUID]) -> Any:
    query = select(Booking.id, Schedule.name).join(Schedule, Schedule.id == Booking.schedule_id)
    return query.where(is_one_of(Booking.id, ids))


register(EntryKind(DONE, "duties", lazy_pgettext("timeline", "Duties"), _is_shown, _duties))
