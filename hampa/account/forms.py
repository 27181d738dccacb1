"""Forms for accounts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from hampa.account.queries import OwnedRun
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import CodeField, PhoneField, SelectField
from hampa.platform.web.forms import Form, OnceForm

CANCEL = "cancel"
PREFIX = "heir_"


class CodeOnlyForm(Form):
    """A code from an SMS."""

    code = CodeField(_l("Code"))


class ExportForm(CodeOnlyForm, OnceForm):
    """The request of a copy, with a code unless one was typed just before."""


class NewPhoneForm(Form):
    """A new phone number."""

    phone = PhoneField(_l("Your new mobile number"))


class DeletionForm(CodeOnlyForm):
    """A code, and the successor for each run or series."""

    @classmethod
    def for_runs(cls, owned_runs: Sequence[OwnedRun]) -> DeletionForm:
        """Return the form with a choice for each run or series that has possible successors."""
        fields = {f"{PREFIX}{owned.id.hex}": _successor_field(owned) for owned in owned_runs if owned.successors}
        return type("DeletionFormForRuns", (cls,), fields)()

    def successor_field(self, owned: OwnedRun) -> Any:
        """Return the field for a run or series, None if it has no possible successors."""
        return self._fields.get(f"{PREFIX}{owned.id.hex}")

    def successors(self) -> dict[str, str | None]:
        """Return the chosen person's id by the id of the run or series; None if it is to be cancelled."""
        chosen = {name: field.data for name, field in self._fields.items() if name.startswith(PREFIX)}
        return {
            str(uuid.UUID(name.removeprefix(PREFIX))): None if value == CANCEL else value
            for name, value in chosen.items()
        }


def _successor_field(owned: OwnedRun) -> SelectField:
    people = [(str(person.id), person.name) for person in owned.successors]
    label = _("End the series and cancel its runs") if owned.is_series else _("Cancel it")
    return SelectField(_("Who has it then?"), [*people, (CANCEL, label)], default=people[0][0])
