"""What organisers decide about who takes part."""

from __future__ import annotations

import uuid
from typing import Any

from hampa.platform.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import PhoneField, SelectField, StringField, UUIDField
from hampa.platform.web.forms import Form
from hampa.runs.models.participation import GOING, INTERESTED, LEFT, WAITLISTED


class RequestsForm(Form):
    """The answer to who asks to join: to one of them, or (nobody named) to all."""

    answer = SelectField(_l("Your answer"), lambda: [("yes", _("Yes")), ("no", _("No"))])
    person = UUIDField(_l("Who"), message=_l("Choose one of the list."), required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Who names somebody, but nobody, does not mean all."""
        fine = bool(super().validate(extra_validators))
        if fine and self.person.raw_data and not self.person.data:
            self.person.errors = [_("Choose one of the list.")]
            fine = False
        return fine

    def people(self) -> list[uuid.UUID] | None:
        """Who is answered; None means all."""
        return [self.person.data] if self.person.data else None


class StandingForm(Form):
    """Somebody's state, set for them."""

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


class WalkInForm(Form):
    """Somebody at the meeting point."""

    name = StringField(_l("Name"), min=1, max=60)
    phone = PhoneField(_l("Phone number"))
