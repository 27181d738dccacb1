"""Forms to mark attendance."""

import uuid
from contextlib import suppress

from werkzeug.datastructures import MultiDict

from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, PhoneField, SelectField, StringField
from hampa.platform.web.forms import Form, OnceForm, QueryForm

MARK, WAS = "mark-", "was-"


class TicketForm(Form):
    """A code, scanned or typed."""

    code = StringField(_l("Code"), max=300)


class CorrectionForm(Form):
    """A person's own word on their attendance."""

    came = SelectField(_l("Were you there?"), [("yes", _l("I came")), ("no", _l("I wasn't there"))])


class NameFilter(QueryForm):
    """A filter of the list, by name and by who is not here yet."""

    q = StringField(_l("Find by name"), max=60, required=False)
    awaited = BooleanField(_l("Not here yet"), false_values=(False, "false", "0", ""))


def marks_in(form: MultiDict[str, str]) -> dict[uuid.UUID, str]:
    """Return the new marks by participation: `mark-<id>` where it is not `was-<id>`, the mark when the page was opened.

    An empty mark takes the one before back.

    So two organisers with the same list don't undo each other's marks.
    """
    marks = {}
    for name, mark in form.items():
        participation_id = name.removeprefix(MARK)
        if name.startswith(MARK) and mark != form.get(WAS + participation_id, ""):
            with suppress(ValueError):
                marks[uuid.UUID(participation_id)] = mark
    return marks


class WalkInForm(OnceForm):
    """A person at the meeting point who did not sign up."""

    name = StringField(_l("Name"), min=1, max=60)
    phone = PhoneField(_l("Phone number"))
