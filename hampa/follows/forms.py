"""The forms of follows."""

from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web import fields
from hampa.platform.web.forms import Form


class PlaceForm(Form):
    """How the person calls a place that they follow."""

    name = fields.StringField(_l("Place"), max=120, required=False)


class NoticesForm(Form):
    """Whether the person wants to hear of new runs of what they follow."""

    new_run_notices = fields.BooleanField(_l("Tell me about new runs"))
