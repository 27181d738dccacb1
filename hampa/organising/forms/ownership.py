"""To whom a run is handed over."""

from __future__ import annotations

import uuid
from typing import Any

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, HiddenField
from hampa.platform.web.forms import Form


class HandOverForm(Form):
    """To whom, and whether its series goes along."""

    to = HiddenField()
    series = BooleanField(_l("The whole series with it"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Somebody is chosen."""
        fine = bool(super().validate(extra_validators))
        if self.person_id is None:
            self.to.errors = [_("Choose somebody.")]
            return False
        return fine

    @property
    def person_id(self) -> uuid.UUID | None:
        """Who is chosen, if anybody."""
        try:
            return uuid.UUID(self.to.data or "")
        except ValueError:
            return None
