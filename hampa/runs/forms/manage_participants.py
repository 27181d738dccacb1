"""Forms for what organisers decide about participants."""

from __future__ import annotations

import uuid
from typing import Any

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import SelectField, StringField, UUIDField
from hampa.platform.web.forms import Form
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, WAITLISTED


class RequestsForm(Form):
    """The answer to one request to join or, when nobody is named, to all of them."""

    answer = SelectField(_l("Your answer"), lambda: [("yes", _("Yes")), ("no", _("No"))])
    person = UUIDField(_l("Who"), message=_l("Choose one of the list."), required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a person that was named and does not exist: it does not mean everybody."""
        valid = bool(super().validate(extra_validators))
        if valid and self.person.raw_data and not self.person.data:
            self.person.errors = [_("Choose one of the list.")]
            valid = False
        return valid

    def people(self) -> list[uuid.UUID] | None:
        """Return the people who are answered; None means all."""
        return [self.person.data] if self.person.data else None


class ParticipantForm(Form):
    """The status of a participant, set by an organiser."""

    status = SelectField(
        _l("How they take part"),
        lambda: [
            (GOING, _("Comes")),
            (WAITLISTED, _("Waits")),
            (INTERESTED, _("Interested")),
            (LEFT, _("Does not come")),
        ],
    )
    note = StringField(_l("A line to them"), max=200, required=False)
