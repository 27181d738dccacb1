"""Limits of publishing."""

from __future__ import annotations

from hampa.people.models.person import Person
from hampa.platform.config import settings
from hampa.platform.errors import Refused
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _


def refuse_flood(organiser: Person) -> None:
    """Count a run, or a series, that the organiser publishes. Raise Refused past as many a day as one person may."""
    limit(
        organiser,
        "runs.create",
        settings().runs_per_person_day,
        per="day",
        error=lambda _seconds: Refused(_("That is enough runs for one day. Publish the next one tomorrow.")),
    )
