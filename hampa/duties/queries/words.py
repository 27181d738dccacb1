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
    """Return the names and times of duties; `other…` are those of the duty for which one is to be swapped, "" for none."""
    wanted = {one.id: one.id_in("wanted") for one in references}
    query = (
        select(Booking.id, Schedule.name, Booking.begins_at, Schedule.timezone)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(Booking.id.in_({one.subject_id for one in references} | set(wanted.values()) - {None}))
    )
    rows = {row.id: (row.name, row.begins_at.isoformat(), row.timezone) for row in db.session.execute(query)}
    return {
        one.id: dict(zip(_NAMES, (*rows[one.subject_id], *rows.get(wanted[one.id], ("", "", ""))), strict=True))
        for one in references
        if one.subject_id in rows
    }


def _schedules(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    query = select(Schedule.id, Schedule.name, Schedule.timezone).where(
        Schedule.id.in_({one.subject_id for one in references})
    )
    words = {row.id: {"duty": row.name, "timezone": row.timezone} for row in db.session.execute(query)}
    return {one.id: words[one.subject_id] for one in references if one.subject_id in words}


_NAMES = ("duty", "starts_at", "timezone", "other", "other_starts_at", "other_timezone")
_GONE = _l("A duty that is gone")
DUTY = Words(_bookings, gone=dict.fromkeys(_NAMES, "") | {"duty": _GONE})
SCHEDULE = Words(_schedules, gone={"duty": _GONE, "timezone": ""})
