"""The filters of lists of cards."""

from __future__ import annotations

from hampa.cards.forms.card import QUICKEST, SLOWEST
from hampa.cards.forms.words import COMPANY_WORDS, LEVEL_WORDS, TIME_WORDS, in_words, weekdays
from hampa.cards.models.card import COMPANIES, LEVELS, TIMES_OF_DAY
from hampa.cards.queries.filtering import Filters
from hampa.platform.geo.places import places_called
from hampa.platform.locale import i18n, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, number
from hampa.platform.texts import search
from hampa.platform.web.fields import PaceField, SelectField, StringField, UUIDField
from hampa.platform.web.list_filters import ListFilter, ListFilters, around_place, pace_in_words, quoted

RADIUS_KM = 10
PACES_AROUND = ("15", "30", "60")
"""Seconds a kilometre by which a pace may be off; the second by default."""
NEWEST, BEST = "newest", "match"


class CardFilters(ListFilters):
    """The filters of the list of cards, and its order."""

    q = StringField(_l("Search"), max=80, required=False)
    near = StringField(_l("Near"), max=80, required=False)
    day = SelectField(_l("Day"), lambda: [("", _("Any day")), *weekdays()], required=False)
    time_of_day = SelectField(
        _l("Time of day"),
        lambda: [("", _("Any time")), *in_words(TIMES_OF_DAY, TIME_WORDS)],
        required=False,
    )
    level = SelectField(_l("Level"), lambda: [("", _("Any level")), *in_words(LEVELS, LEVEL_WORDS)], required=False)
    pace = PaceField(_l("Pace"), min=QUICKEST, max=SLOWEST, required=False)
    pace_by = SelectField(_l("Give or take"), lambda: [(by, _around(int(by))) for by in PACES_AROUND], required=False)
    company = SelectField(
        _l("Company"), lambda: [("", _("Any company")), *in_words(COMPANIES, COMPANY_WORDS)], required=False
    )
    sort = SelectField(_l("Order"), lambda: [(NEWEST, _("Newest")), (BEST, _("For you"))], required=False)
    card = UUIDField(_l("Your card"), message=_l("Choose one of your own cards."), required=False)

    declared = (
        ListFilter("q", quoted),
        ListFilter("near", lambda form: around_place(form, RADIUS_KM)),
        ListFilter("day"),
        ListFilter("time_of_day"),
        ListFilter("level", further=True),
        ListFilter("company", further=True),
        ListFilter("pace", lambda form: pace_in_words(form, "pace_by"), modifiers=("pace_by",), further=True),
    )
    page_names = ("sort", "card")

    def filters(self) -> Filters:
        """Return the valid filters as values."""
        chosen = self.chosen()
        pace, around = chosen.get("pace"), int(chosen.get("pace_by") or PACES_AROUND[1])
        self.pace_by.data = str(around)
        unknown = _("We don't know this place. Give a town's name.")
        return Filters(
            words=search.asked(chosen.get("q", "")),
            near=self.find_place(places_called, unknown, RADIUS_KM),
            paces=(pace - around, pace + around) if pace else None,
            **{name: chosen.get(name, "") for name in ("day", "time_of_day", "level", "company")},
        )

    @property
    def best_first(self) -> bool:
        """Whether the cards that go best with one of one's own come first."""
        return bool(self.sort.data == BEST and not self.sort.errors)


def _around(seconds: int) -> str:
    """Return “± 30 s”, in the reader's unit."""
    off = round(seconds * measures.KM_PER_MILE) if i18n.units() == "miles" else seconds
    return _("± %(seconds)s s", seconds=number(off))
