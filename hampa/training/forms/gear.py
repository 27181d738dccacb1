"""The form of gear."""

from __future__ import annotations

from typing import Any

from hampa.platform.locale.i18n import lazy_gettext as _l, lazy_pgettext
from hampa.platform.web.fields import DateField, FloatField, SelectField, SelectMultipleField, StringField
from hampa.platform.web.forms import OnceForm
from hampa.training.forms.words import KIND_WORDS
from hampa.training.models.activities import KINDS
from hampa.training.models.gear import BIKE, GEAR_KINDS, LONGEST_GEAR_NAME, OTHER_GEAR, SHOES, Gear

GEAR_WORDS = {
    SHOES: lazy_pgettext("gear", "Shoes"),
    BIKE: lazy_pgettext("gear", "Bike"),
    OTHER_GEAR: lazy_pgettext("gear", "Something else"),
}


class GearForm(OnceForm):
    """Shoes, a bike, or something else that wears out."""

    name = StringField(_l("Name"), min=1, max=LONGEST_GEAR_NAME)
    kind = SelectField(_l("What is it?"), lambda: [(one, GEAR_WORDS[one]) for one in GEAR_KINDS], default=SHOES)
    since = DateField(_l("In use since"), required=False)
    before_km = FloatField(_l("Kilometres that it had before"), min=0, max=1_000_000, required=False)
    limit_km = FloatField(_l("Tell me after this many kilometres"), min=1, max=1_000_000, required=False)
    default_kinds = SelectMultipleField(
        _l("Choose it automatically for"), lambda: [(one, KIND_WORDS[one]) for one in KINDS], required=False
    )

    @classmethod
    def of(cls, gear: Gear, **more: Any) -> GearForm:
        """Return the form of gear."""
        shown = {name: getattr(gear, name) for name in ("name", "kind", "since", "default_kinds")}
        shown["before_km"] = gear.before_m / 1_000 or None
        shown["limit_km"] = gear.limit_m / 1_000 if gear.limit_m else None
        return cls(**(shown | more))

    def values(self) -> dict[str, Any]:
        """Return the columns of the gear."""
        return {
            "name": self.name.data,
            "kind": self.kind.data,
            "since": self.since.data,
            "before_m": round((self.before_km.data or 0) * 1_000),
            "limit_m": round(self.limit_km.data * 1_000) if self.limit_km.data else None,
            "default_kinds": sorted(self.default_kinds.data or []),
        }
