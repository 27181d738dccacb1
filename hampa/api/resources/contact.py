"""Your emergency contact, and who looked at it."""

import uuid
from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Stamps, Summary, stamps_as_data, summary_as_data
from hampa.people.actions import change_contact
from hampa.people.models import Person
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.safety import queries
from hampa.safety.forms import ContactForm

resource = Resource("contact", _l("Emergency contact"), scope="me")


class ContactBody(Body):
    """Who to call if something happens to you: both, or neither to have none."""

    emergency_name: str = Field("", max_length=60)
    emergency_phone: str = Field("", max_length=40)


class ContactData(TypedDict):
    """Who to call if something happens to you; without one, the name is empty and the number null."""

    emergency_name: str
    emergency_phone: str | None


class LookData(Stamps):
    """A look of an organiser at your contact; the title is what the run is called now, null once it is deleted."""

    id: uuid.UUID
    organiser: Summary
    run_title: str | None


@resource.get("/me/contact")
def read_contact() -> ContactData:
    """Return your emergency contact."""
    return {"emergency_name": me().emergency_name, "emergency_phone": me().emergency_phone}


@resource.put("/me/contact", locks=Person)
def set_contact(body: ContactBody) -> ContactData:
    """Set your emergency contact, whom organisers of a run that you go to may look at around it; you are told each time."""
    form = valid_form(ContactForm, body.model_dump())
    change_contact(me(), name=form.emergency_name.data, phone=form.emergency_phone.data)
    return read_contact()


@resource.get("/me/contact/looks")
def list_contact_looks(query: Paging) -> Page[LookData]:
    """List who looked at your emergency contact, the last look first."""
    return queries.contact_looks(me(), query.after, query.limit).of_rows(_look)


def _look(row: Any) -> LookData:
    return {
        "id": row.id,
        "organiser": summary_as_data(row.organiser),
        "run_title": row.run_title,
        **stamps_as_data(row),
    }
