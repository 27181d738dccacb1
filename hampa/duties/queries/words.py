"""The names and times of duties, as notifications show them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hampa.duties.models import Booking, Schedule
from hampa.notifications.models import Reference, Words
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l


def _bookings(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    query = (
        select(Booking.id, Schedule.name, Booking.begins_at, Schedule.timezone)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(Booking.id.in_({one.subject_id for one in references}))
    )
    words = {
        row.id: {"duty": row.name, "starts_at": row.begins_at.isoformat(), "timezone": row.timezone}
        for row in db.session.execute(query)
    }
    return {one.id: words[one.subject_id] for one in references if one.subject_id in words}


def _schedules(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    query = select(Schedule.id, Schedule.name, Schedule.timezone).where(
        Schedule.id.in_({one.subject_id for one in references})
    )
    words = {row.id: {"duty": row.name, "timezone": row.timezone} for row in db.session.execute(query)}
    return {one.id: words[one.subject_id] for one in references if one.subject_id in words}


_GONE = _l("A duty that is gone")
DUTY = Words(_bookings, gone={"duty": _GONE, "starts_at": "", "timezone": ""})
SCHEDULE = Words(_schedules, gone={"duty": _GONE, "timezone": ""})
