"""The list of the members of a crew, for its admins; each export is logged and told."""

import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hampa.crews.actions.logging import log
from hampa.crews.queries import crews as queries
from hampa.crews.queries.exports import members_to_export
from hampa.crews.queries.people import admins_but
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _

EXPORTS_A_DAY = 10


@dataclass(frozen=True, slots=True)
class ExportedMember:
    """A member in the list: days as ISO dates in the zone of the crew, `phone` in E.164 only if they share it."""

    name: str
    role: str
    joined: str
    groups: list[str]
    agreed: str
    phone: str


def export_members(person: Person, crew_id: uuid.UUID) -> list[ExportedMember]:
    """Return the members of a crew for an admin, also those behind a block, write that into the log, and tell the other admins.

    Raise Forbidden, NotFound and TooFast.
    """
    crew = queries.admin_of(person, crew_id).crew
    limit(person, "crews.export", EXPORTS_A_DAY, per="day", error=_too_many)
    log(crew_id, "exported", person)
    event = f"{crew_id}:{clock.now().isoformat()}"
    notify(
        admins_but(crew_id, person.id), "crew_exported", actor_id=person.id, subject_id=crew_id, data={}, event=event
    )
    of_crew = ZoneInfo(crew.timezone)
    return [
        ExportedMember(
            name=row.name,
            role=row.role,
            joined=row.joined_at.astimezone(of_crew).date().isoformat(),
            groups=row.groups or [],
            agreed=row.agreed_at.astimezone(of_crew).date().isoformat() if row.agreed_at else "",
            phone=row.phone,
        )
        for row in members_to_export(crew_id)
    ]


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You exported the members often today. Try again tomorrow."), seconds)
