"""Check-ins of members of crews."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from hampa.checkins.models import CheckIn
from hampa.crews.models import Crew
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.locale.periods import period_at
from tests.factories.base import made

SCORES = {"productive": 8, "satisfied": 7, "body": 6, "care": 9}


def make_check_in(person: Person, crew: Crew, **given: Any) -> CheckIn:
    """Add what a member said for the crew's current period."""
    zone = ZoneInfo(crew.timezone)
    period = period_at(clock.now(), crew.frequency, first_day=crew.first_day, zone=zone)
    days = {"period_from": period.starts_on, "period_to": period.ends_on, "ends_at": period.ends_at}
    return made(
        CheckIn, person_id=person.id, crew_id=crew.id, **({"counted_from": crew.numbers_from} | days | SCORES | given)
    )
