"""Forms of an import: the file, and where its groups go; and the words of what is wrong."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from hampa.checkin_imports.forms.reading import ReadFile, UnreadableFile, read_file
from hampa.checkin_imports.models import DOUBLE, MOST_ROWS, PRESENT
from hampa.platform.locale.dates import today
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, number
from hampa.platform.web.fields import SelectField, ValidationError
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.uploads import UploadField

MEGABYTES = 1
NO_CREW = "none"
FILE_WORDS = {
    "not_json": _l("This file is not JSON, or it is broken. Save the export once more, and choose that file."),
    "no_list": _l("There is no list of check-ins in this file."),
    "empty": _l("There are no check-ins in this file."),
}
ROW_WORDS = {
    "shape": _l("This is not a check-in."),
    "date": _l("It has no date that we can read."),
    "future": _l("Its date is still to come."),
    "old": _l("Its date is before the year 2000."),
    "productive": _l("“Done” is not a whole number from 1 to 10."),
    "satisfied": _l("“Happy” is not a whole number from 1 to 10."),
    "body": _l("“Body” is not a whole number from 1 to 10."),
    "care": _l("“Cares” is not a whole number from 1 to 10."),
    "group": _l("The name of its group is too long, or not a text."),
    "groups": _l("There are more than 20 groups in the file."),
    "note": _l("Its note is too long, or not a text."),
    DOUBLE: _l("A later one in the file is for the same period."),
    PRESENT: _l("You have it already."),
}
"""Why a row is not taken."""


class UploadForm(OnceForm):
    """The file of the older version."""

    file = UploadField(_l("The file that you exported"), megabytes=MEGABYTES)
    read: ReadFile | None = None

    def validate_file(self, field: UploadField) -> None:
        """Read the file."""
        if not field.data:
            raise ValidationError(_("Choose the file first."))
        # Somebody west of here may have written it on a day that has not begun here.
        day = today() + dt.timedelta(days=1)
        stream = field.data[0].stream
        content = stream.read()
        stream.seek(0)
        try:
            self.read = read_file(content, day)
        except UnreadableFile as error:
            if error.reason == "too_many":
                most = number(MOST_ROWS)
                text = _("There are more than %(most)s check-ins in this file. Export it in parts.", most=most)
                raise ValidationError(text) from None
            raise ValidationError(FILE_WORDS[error.reason]) from None


def targets_form(groups: Sequence[str], crews: Sequence[Any], targets: Mapping[str, str], **given: Any) -> OnceForm:
    """Return a form with a field for each group of a file: into which crew of the person it goes, or none."""
    choices = [(NO_CREW, _("No crew: for me alone")), *((str(crew.id), crew.name) for crew in crews)]
    fields = {
        f"group_{place}": SelectField(group or _("Without a group"), choices, default=targets.get(group) or NO_CREW)
        for place, group in enumerate(groups)
    }
    return type("TargetsForm", (OnceForm,), fields)(**given)


def chosen_targets(form: OnceForm, groups: Sequence[str]) -> dict[str, str]:
    """Return the ids of crews, or "", by the names of the groups."""
    values = [form[f"group_{place}"].data for place, _group in enumerate(groups)]
    return {group: "" if value == NO_CREW else value for group, value in zip(groups, values, strict=True)}
