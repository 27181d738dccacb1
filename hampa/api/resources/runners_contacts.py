"""Emergency contacts of people in a run, for its organisers."""

import uuid

from typing_extensions import TypedDict

from hampa.platform.api.operations import Resource
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.safety import actions, queries

resource = Resource("contacts", _l("Emergency contacts of runners"), scope="runs")


class RunnersContactData(TypedDict):
    """A participant's emergency contact, null until you have `looked`; some hours later it is null again."""

    name: str
    looked: bool
    emergency_name: str | None
    emergency_phone: str | None


@resource.get("/runs/<uuid:run_id>/contacts/<uuid:participation_id>")
def read_contact_of(run_id: uuid.UUID, participation_id: uuid.UUID) -> RunnersContactData:
    """Return a participant's emergency contact at which you have looked, around a run that you organise."""
    run, runner = queries.contact_for_organiser(me(), run_id, participation_id)
    looked = queries.has_looked(me(), run, runner)
    return {
        "name": runner.name,
        "looked": looked,
        "emergency_name": runner.emergency_name if looked else None,
        "emergency_phone": runner.emergency_phone if looked else None,
    }


@resource.post("/runs/<uuid:run_id>/contacts/<uuid:participation_id>", repeatable=False)
def look_at_contact(run_id: uuid.UUID, participation_id: uuid.UUID) -> RunnersContactData:
    """Look at a participant's emergency contact when something has happened; they are told that you did."""
    actions.record_contact_look(me(), run_id, participation_id)
    return read_contact_of(run_id, participation_id)
