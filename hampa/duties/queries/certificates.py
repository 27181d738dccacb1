"""Certificates of what a person did in a period: their figures, and the link by which others see that one is genuine."""

import base64
import binascii
import datetime as dt
import hmac
import struct
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from hampa.crews.models import Crew
from hampa.duties.models import SERVED, Booking, Schedule
from hampa.duties.queries.occasions import day_bounds
from hampa.people.models import Person
from hampa.people.queries import by_id
from hampa.platform import clock
from hampa.platform.lasting import lasting_hash, lasting_hashes
from hampa.platform.locale import dates
from hampa.platform.statements import built_once
from hampa.series.models import Series

MOST_ROWS = 100
YEARS = range(1970, 2200)
_PURPOSE, _SHAPE, _TAG_BYTES = "duty certificate", struct.Struct(">16sIIIII"), 16


@dataclass(frozen=True, slots=True)
class CertifiedRole:
    """What a person did in one role for a crew or a series."""

    role: str
    owner: str
    credits: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """That a person did so much between two days, both included, as known on the day `issued_on`."""

    person_id: uuid.UUID
    first: dt.date
    last: dt.date
    issued_on: dt.date
    credits: int
    minutes: int

    @property
    def token(self) -> str:
        """Return what the link of the certificate ends with: its content and a tag that only this site makes."""
        content = _SHAPE.pack(self.person_id.bytes, *_numbers(self))
        tag = bytes.fromhex(lasting_hash(_PURPOSE, content.hex()))[:_TAG_BYTES]
        return base64.urlsafe_b64encode(content + tag).decode().rstrip("=")


def _numbers(one: Certificate) -> tuple[int, ...]:
    days = (day.toordinal() for day in (one.first, one.last, one.issued_on))
    return *days, one.credits, one.minutes


@built_once
def _roles(person_id: uuid.UUID, since: datetime, until: datetime) -> Any:
    owner = func.coalesce(Crew.name, Series.plan["title"].astext, "").label("owner")
    minutes = func.sum(func.extract("epoch", Booking.ends_at - Booking.begins_at) / 60)
    counted = Booking.cancelled_at.is_(None), ~Booking.is_draft
    served = Booking.person_id == person_id, Booking.attendance.in_(SERVED), *counted
    return (
        select(Schedule.role, owner, func.count(), minutes)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .outerjoin(Crew, Crew.id == Schedule.crew_id)
        .outerjoin(Series, Series.id == Schedule.series_id)
        .where(*served, Booking.begins_at >= since, Booking.begins_at < until)
        .group_by(Schedule.role, owner)
        .order_by(func.count().desc(), owner, Schedule.role)
        .limit(MOST_ROWS)
    )


def is_too_far(day: dt.date) -> bool:
    """Return whether a day is so far from now that no duty is on it."""
    return day.year not in YEARS


def certify(person: Person, first: dt.date, last: dt.date) -> tuple[Certificate, list[CertifiedRole]]:
    """Return a certificate of what a person did between two days in their zone, and its rows."""
    since, until = day_bounds(first, person.timezone)[0], day_bounds(last, person.timezone)[1]
    rows = [
        CertifiedRole(role, owner, int(count), int(minutes))
        for role, owner, count, minutes in _roles(person.id, since, until)
    ]
    credits, minutes = sum(row.credits for row in rows), sum(row.minutes for row in rows)
    issued_on = dates.to_local(clock.now(), person.timezone).date()
    return Certificate(person.id, first, last, issued_on, credits, minutes), rows


def certificate_of(token: str) -> tuple[Certificate, Person] | None:
    """Return the certificate that a link names, and its person; None for a link that we did not make."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    content, tag = raw[: _SHAPE.size], raw[_SHAPE.size :]
    if len(raw) != _SHAPE.size + _TAG_BYTES or not any(
        hmac.compare_digest(tag, bytes.fromhex(one)[:_TAG_BYTES]) for one in lasting_hashes(_PURPOSE, content.hex())
    ):
        return None
    subject, *numbers = _SHAPE.unpack(content)
    first, last, issued_on = (dt.date.fromordinal(number) for number in numbers[:3])
    person = by_id(uuid.UUID(bytes=subject))
    if person is None or person.state != "active" or not person.name:
        return None
    return Certificate(person.id, first, last, issued_on, *numbers[3:]), person
