"""The field of the crew that a run belongs to."""

from typing import Any

from hampa.platform.ids import read_uuid
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web.fields import SelectField, ValidationError


class CrewField(SelectField):
    """A crew by its id; whether the person may publish in it is decided where the run is published."""

    def pre_validate(self, form: Any) -> None:
        """Accept the id of any crew. Raise ValidationError for anything else."""
        if self.data and read_uuid(self.data) is None:
            raise ValidationError(_("Choose one."))
