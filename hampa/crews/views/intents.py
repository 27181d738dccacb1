"""What visitors press on the page of a crew, which is done once they have signed in."""

import uuid

from flask import url_for

from hampa.crews.actions import memberships as actions
from hampa.crews.models import Crew
from hampa.crews.queries import crews as queries, members
from hampa.people.models import Person
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.web import intents
from hampa.platform.web.intents import Intent, IntentWords


def _words(crew: Crew) -> IntentWords:
    count = ngettext("%(num)d member", "%(num)d members", crew.members)
    return IntentWords(_("To join this crew"), _("Join"), crew.name, [count])


def _asks(person: Person, crew: Crew) -> bool:
    """Return whether something has to be said before joining: a name, or that the agreement is accepted."""
    return person.is_new or bool(crew.agreement)


def _describe_link(viewer: Person | None, invitation_id: uuid.UUID) -> IntentWords:
    return _words(members.invitation_for(viewer, invitation_id)[1])


def _perform_link(person: Person, invitation_id: uuid.UUID) -> str:
    crew = members.invitation_for(person, invitation_id)[1]
    if _asks(person, crew):
        return url_for("crews.use_invitation", invitation_id=invitation_id)
    return url_for("crews.show", crew_id=actions.use_invitation(person, invitation_id))


def _describe_crew(viewer: Person | None, crew_id: uuid.UUID) -> IntentWords:
    crew = queries.crew_for(viewer, crew_id)
    words = _words(crew)
    if crew.joining == "request":
        return IntentWords(_("To ask to join this crew"), _("Ask to join the crew"), words.title, words.details)
    return words


def _perform_crew(person: Person, crew_id: uuid.UUID) -> str:
    crew = queries.crew_for(person, crew_id)
    membership = queries.membership_of(person, crew_id)
    is_member = membership is not None and membership.is_active
    if not is_member:
        if crew.joining != "open" or _asks(person, crew):
            return url_for("crews.join", crew_id=crew_id)
        actions.join_crew(person, crew_id)
    return url_for("crews.show", crew_id=crew_id)


intents.register(
    Intent(
        "crew_link",
        _describe_link,
        _perform_link,
        lambda invitation_id: url_for("crews.invited", invitation_id=invitation_id),
    )
)
intents.register(
    Intent("crew_join", _describe_crew, _perform_crew, lambda crew_id: url_for("crews.show", crew_id=crew_id))
)
