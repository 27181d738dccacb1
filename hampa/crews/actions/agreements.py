"""The agreement of a crew: a change asks the members again."""

import uuid

from hampa.crews.actions.logging import log
from hampa.crews.models import Crew, CrewMembership
from hampa.crews.queries import crews as queries
from hampa.crews.queries.people import people_to_tell
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _


def renew_agreement(person: Person, crew: Crew, membership: CrewMembership) -> None:
    """Count a change of the agreement of a locked crew, and ask its members, but the one who changed it, to accept it."""
    now = clock.now()
    log(crew.id, "agreement", person)
    crew.agreement_version, crew.agreement_changed_at = crew.agreement_version + 1, now
    if not crew.agreement:
        return
    membership.agreed_at, membership.agreed_version = now, crew.agreement_version
    notify(
        people_to_tell(crew.id, membership.person_id),
        "crew_agreement",
        subject_id=crew.id,
        data={},
        event=f"{crew.id}:{crew.agreement_version}",
    )


def check_agreement(crew: Crew, *, agrees: bool, version: int | None) -> None:
    """Raise Refused unless the agreement of a locked crew, if it has one, was read and accepted in its version of now."""
    if not crew.agreement:
        return
    if not agrees:
        raise Refused(_("Accept the agreement of the crew first."), "agrees")
    if version is None:
        raise Refused(_("Name the version of the agreement that was read."), "agreement_version")
    if version != crew.agreement_version:
        raise Refused(_("The agreement was changed just now. Read it once more."), "agrees")


def accept_agreement(person: Person, crew_id: uuid.UUID, version: int | None) -> None:
    """Accept the agreement of a crew, for a member. Raise Forbidden, NotFound, and Refused for another version."""
    crew = queries.locked_crew(crew_id)
    membership = queries.member_of(person, crew_id)
    check_agreement(crew, agrees=True, version=version)
    if crew.agreement and membership.agreed_version != crew.agreement_version:
        membership.agreed_at, membership.agreed_version = clock.now(), crew.agreement_version
        log(crew.id, "agreed", person, person.id, str(crew.agreement_version))
