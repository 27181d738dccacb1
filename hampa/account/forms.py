"""Forms about one's account."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from hampa.account.queries.account_deletion import OwnedRun
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import CodeField, PhoneField, SelectField
from hampa.platform.web.forms import Form

CALL_OFF = "cancel"


class CodeOnlyForm(Form):
    """The code from an SMS."""

    code = CodeField(_l("Code"))


class NewPhoneForm(Form):
    """The number one wants to sign in with."""

    phone = PhoneField(_l("Your new mobile number"))


def leave_form(estates: Sequence[OwnedRun], **given: Any) -> LeaveForm:
    """The form of leaving, with a choice for each run and series that somebody else could have."""
    fields = {f"heir_{estate.id.hex}": _heir_field(estate) for estate in estates if estate.heirs}
    kind = type("LeaveFormOfMine", (LeaveForm,), fields)
    return kind(**given)


class LeaveForm(CodeOnlyForm):
    """The code, and who is to have which run."""

    def heir_of(self, estate: OwnedRun) -> Any:
        """The field for a run or a series; None when nobody could have it."""
        return self._fields.get(f"heir_{estate.id.hex}")

    def heirs(self) -> dict[str, str | None]:
        """Who has what, by the ids of runs and series."""
        chosen = {name.removeprefix("heir_"): field.data for name, field in self._fields.items() if name[:5] == "heir_"}
        return {str(uuid.UUID(key)): None if heir == CALL_OFF else heir for key, heir in chosen.items()}


def _heir_field(estate: OwnedRun) -> SelectField:
    who = [(str(heir.id), heir.name) for heir in estate.heirs]
    label = _("End the series and cancel its runs") if estate.is_series else _("Cancel it")
    return SelectField(_("Who has it then?"), [*who, (CALL_OFF, label)], default=who[0][0])
