"""What a notification about a roster says: whose it is, and what its reader does that day."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select

from hampa.crews.models import Crew
from hampa.duties.models import Booking, Roster, Schedule
from hampa.duties.queries.schedules import booking_day
from hampa.notifications.models import Reference, Words
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.series.models import Series


def _rosters(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    ids, people = {one.subject_id for one in references}, {one.person_id for one in references}
    owners = (
        select(Roster.id, func.coalesce(Crew.name, Series.plan["title"].astext))
        .outerjoin(Crew, Crew.id == Roster.crew_id)
        .outerjoin(Series, Series.id == Roster.series_id)
        .where(Roster.id.in_(ids))
    )
    names: dict[uuid.UUID, str] = {row[0]: row[1] for row in db.session.execute(owners)}
    ours = or_(Schedule.crew_id == Roster.crew_id, Schedule.series_id == Roster.series_id)
    duties = (
        select(Roster.id, Booking.person_id, Schedule.name)
        .join(Schedule, ours)
        .join(Booking, and_(Booking.schedule_id == Schedule.id, booking_day() == Roster.day))
        .where(Roster.id.in_(ids), Booking.person_id.in_(people), Booking.cancelled_at.is_(None), ~Booking.is_draft)
        .order_by(Booking.begins_at, Booking.id)
    )
    of_person: dict[Any, list[str]] = {}
    for roster_id, person_id, name in db.session.execute(duties):
        of_person.setdefault((roster_id, person_id), []).append(name)
    return {
        one.id: {"owner": names[one.subject_id], "duties": of_person.get((one.subject_id, one.person_id), [])}
        for one in references
        if one.subject_id in names
    }


ROSTER = Words(_rosters, gone={"owner": _l("A duty that is gone"), "duties": ()})
