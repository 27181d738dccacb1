"""The form of a visitor's home."""

from hampa.platform.geo.places import Place, places_called
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import StringField
from hampa.platform.web.forms import QueryForm


class TownForm(QueryForm):
    """The town near which a visitor looks for runs, as they type it."""

    near = StringField(_l("Where do you run?"), max=80, required=False)

    def town(self) -> Place | None:
        """Return the town, None without one; a name that is unknown is an error of the field."""
        name = self.chosen().get("near")
        if not name:
            return None
        towns = places_called(name, i18n.get_locale_code(), i18n.timezone().key)
        if not towns:
            self.near.errors = [_("We don't know this town. Try the next larger one.")]
        return next(iter(towns), None)
