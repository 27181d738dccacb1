"""The form of how a crew or a series appeals."""

from hampa.duty_appeals.models import LONGEST_DAYS, MOST_AT_ONCE, USUAL_DAYS, USUAL_MOST
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import BooleanField, IntegerField
from hampa.platform.web.forms import Form


class AppealSettingsForm(Form):
    """How often a person is asked, how many at once, and whether the worker asks by itself."""

    every_days = IntegerField(_l("Days before we ask a person again"), min=1, max=LONGEST_DAYS, default=USUAL_DAYS)
    most = IntegerField(_l("People asked at once, at most"), min=1, max=MOST_AT_ONCE, default=USUAL_MOST)
    is_automatic = BooleanField(_l("Ask automatically when a shift needs people"))
