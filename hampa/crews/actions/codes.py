"""Trying access codes: how often a person, an address and everybody together may be wrong."""

from sqlalchemy import select

from hampa.crews.models import Crew
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import Refused, TooFast
from hampa.platform.limits import count_within, limit, subject_named
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security.ip_addresses import network_of

CODES_AN_HOUR, CODES_A_DAY = 10, 30
"""Access codes that a person may try."""
CODES_OF_ADDRESS_A_DAY = 300
"""Access codes that may be tried from one address, of which a mobile network has few for many people."""
WRONG_CODES_A_DAY = 3_000
"""Wrong codes of everybody together: of ten thousand crews with one of 32⁸ codes each, a year of them finds one in a
hundred."""
WAIT = 3_600
"""Seconds after which somebody may try again when everybody together has tried too many."""


def crew_of_code(person: Person, code: str, address: str | None) -> Crew:
    """Return the crew that an access code opens. Raise Refused for a wrong one, and TooFast after several tries.

    `address` is the IP address of the person. The caller commits the try even if it is refused.
    """
    for name, most, per in (("crews.code", CODES_AN_HOUR, "hour"), ("crews.code.day", CODES_A_DAY, "day")):
        limit(person, name, most, per=per, error=_too_many)
    source = subject_named("crews.code", network_of(address))
    limit(source, "crews.code.address", CODES_OF_ADDRESS_A_DAY, per="day", error=_too_many)
    everybody = subject_named("crews.code", "everybody")
    if count_within(everybody, "crews.code.wrong", per="day") >= WRONG_CODES_A_DAY:
        raise _too_many(WAIT)
    query = select(Crew).where(Crew.access_code == code, Crew.closed_at.is_(None), Crew.hidden_at.is_(None))
    crew = db.session.scalar(query)
    if crew is None:
        limit(everybody, "crews.code.wrong", WRONG_CODES_A_DAY, per="day", error=_too_many)
        raise wrong_code()
    return crew


def wrong_code() -> Refused:
    """Return the refusal of a code that no crew has."""
    return Refused(_("No crew has this code. Ask whoever gave it to you to look at it again."), "code")


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("These were too many codes. Ask for an invitation link, or try later."), seconds, "code")
