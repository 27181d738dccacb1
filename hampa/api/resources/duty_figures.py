"""Duties: being there, certificates of what one did, and how well duties are covered."""

import datetime as dt
import uuid
from datetime import timedelta

from pydantic import Field
from typing_extensions import TypedDict

from hampa.duties.actions.attendance import say_here
from hampa.duties.queries import bookings as queries
from hampa.duties.queries.certificates import certify, is_too_far
from hampa.duties.queries.coverage import MONDAY, coverage_of
from hampa.duties.queries.schedules import owner_coordinated
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Query
from hampa.platform.errors import Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical

resource = Resource("duty-figures", _l("Certificates and coverage of duties"), scope="duties")


class HereBody(Body):
    """The code that is shown at the shift, or where you are."""

    code: str = Field("", max_length=300)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)


class PeriodQuery(Query):
    """From which day to which, both included; a year until today by default."""

    first: dt.date | None = Field(None, alias="from")
    last: dt.date | None = Field(None, alias="to")


class OwnerQuery(Query):
    """A crew or a series whose duties you coordinate."""

    crew_id: uuid.UUID | None = None
    series_id: uuid.UUID | None = None


class CertifiedData(TypedDict):
    """What you did in one role."""

    role: str
    owner: str
    credits: int
    minutes: int


class CertificateData(TypedDict):
    """What you did in a period; whoever opens `url` sees that it is genuine."""

    first: dt.date
    last: dt.date
    issued_on: dt.date
    credits: int
    minutes: int
    roles: list[CertifiedData]
    url: str


class CoveredData(TypedDict):
    """The places of a role in the week that begins on a day, and how many are filled."""

    role: str
    week: dt.date
    places: int
    filled: int


class CoverageData(TypedDict):
    """Twelve weeks by role; of those that are over, who came as far as `known`, and how long ahead half were filled."""

    weeks: list[CoveredData]
    no_shows: int
    known: int
    ahead_hours: int | None


@resource.post("/bookings/<uuid:booking_id>/here")
def say_that_one_is_here(booking_id: uuid.UUID, body: HereBody) -> None:
    """Say that you are at your shift, by its code or by where you are."""
    one = queries.own_booking(me(), booking_id)
    has_point = body.latitude is not None and body.longitude is not None
    point = (body.latitude or 0.0, body.longitude or 0.0) if has_point else None
    say_here(me(), one.schedule_id, one.starts_at, code=body.code, point=point)


@resource.get("/me/duties/certificate")
def read_certificate(query: PeriodQuery) -> CertificateData:
    """Return what you did in a period, with a link that proves it."""
    for name, day in (("to", query.last), ("from", query.first)):
        if day is not None and is_too_far(day):
            raise Refused(_("This date is too far away."), name)
    last = query.last or dates.today(me().timezone)
    first = query.first or last - timedelta(days=365)
    if first > last:
        raise Refused(_("This day is before the first one."), "to")
    found, rows = certify(me(), first, last)
    return {
        "first": first,
        "last": last,
        "issued_on": found.issued_on,
        "credits": found.credits,
        "minutes": found.minutes,
        "roles": [
            {"role": row.role, "owner": row.owner, "credits": row.credits, "minutes": row.minutes} for row in rows
        ],
        "url": canonical(f"/duties/certificates/{found.token}"),
    }


@resource.get("/duties/coverage", statuses=(404,))
def read_coverage(query: OwnerQuery) -> CoverageData:
    """Return how well the duties of a crew or a series are covered."""
    owner = owner_coordinated(me(), crew_id=query.crew_id, series_id=query.series_id)
    found = coverage_of(me(), owner, week_begins=MONDAY)
    weeks: list[CoveredData] = [
        {"role": role, "week": week, "places": cell.places, "filled": cell.filled}
        for role, cells in found.roles.items()
        for week, cell in zip(found.weeks, cells, strict=True)
    ]
    return {"weeks": weeks, "no_shows": found.no_shows, "known": found.known, "ahead_hours": found.ahead_hours}
