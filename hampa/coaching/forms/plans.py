"""The filters of the list of plans of a coach's athletes."""

from hampa.coaching.queries.coached import CoachedFilters
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, pgettext
from hampa.platform.web.fields import SelectField, StringField, UUIDField
from hampa.platform.web.list_filters import ListFilter, ListFilters
from hampa.training.forms.plans import STATUS_WORDS


class CoachedPlansForm(ListFilters):
    """The filters of a list of plans."""

    q = StringField(_l("Search"), max=80, required=False)
    status = SelectField(
        _l("Which plans"), lambda: [("", pgettext("plans", "All")), *STATUS_WORDS.items()], required=False
    )
    athlete = UUIDField(_l("Athlete"), message=_l("This is not a person."), required=False)

    declared = (
        ListFilter("q", lambda form: form.q.data),
        ListFilter("status"),
        ListFilter("athlete", lambda _form: _("Of one athlete")),
    )
    unset = CoachedFilters()

    def filters(self) -> CoachedFilters:
        """Return the valid filters as values."""
        chosen = self.chosen()
        return CoachedFilters(chosen.get("status") or "", chosen.get("athlete"), chosen.get("q") or "")
