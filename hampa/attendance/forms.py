"""Marking who came."""

from __future__ import annotations

import uuid

from werkzeug.datastructures import MultiDict

from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, PhoneField, SelectField, StringField
from hampa.platform.web.forms import Form, QueryForm

MARK, WAS = "mark-", "was-"


class TicketForm(Form):
    """A code, scanned or typed."""

    code = StringField(_l("Code"), max=300)


class CorrectionForm(Form):
    """Whether one came, by one's own word."""

    came = SelectField(_l("Were you there?"), [("yes", _l("I came")), ("no", _l("I didn't come"))])


class NameFilter(QueryForm):
    """Whom to find on the list: by name, or whoever is not here yet."""

    q = StringField(_l("Find by name"), max=60, required=False)
    awaited = BooleanField(_l("Not here yet"), false_values=(False, "false", "0", ""))


def marks_in(form: MultiDict[str, str]) -> dict[uuid.UUID, str]:
    """The marks that were made, by person: `mark-<id>`, where that is another than `was-<id>`, the one on the page
    when it was opened. So two organisers with the same list undo nothing of one another.
    """
    found = {}
    for name, mark in form.items():
        person = name.removeprefix(MARK)
        if name.startswith(MARK) and mark != form.get(WAS + person, ""):
            try:
                found[uuid.UUID(person)] = mark
            except ValueError:
                continue
    return found


class WalkInForm(Form):
    """A person at the meeting point who did not sign up."""

    name = StringField(_l("Name"), min=1, max=60)
    phone = PhoneField(_l("Phone number"))
