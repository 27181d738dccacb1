"""What lists of cards are narrowed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hampa.cards.forms.card import QUICKEST, SLOWEST
from hampa.cards.forms.words import COMPANY_WORDS, LEVEL_WORDS, TIME_WORDS, in_words, weekdays
from hampa.cards.models.card import COMPANIES, LEVELS, TIMES_OF_DAY
from hampa.cards.queries.filtering import Filters
from hampa.platform import i18n, measures, searching
from hampa.platform.i18n import gettext as _, lazy_gettext as _l, number
from hampa.platform.places import Place, places_called, places_like
from hampa.platform.squares import Near
from hampa.platform.web.forms import ChoiceField, IdField, LineField, PaceField, QueryForm

RADIUS_KM = 10
PACES_AROUND = ("15", "30", "60")
"""Seconds a kilometre by which a pace may be off; the second unless one says otherwise."""
NEWEST, BEST = "newest", "match"


@dataclass(frozen=True, slots=True)
class Setting:
    """A filter that is set: what it says, and the names that go to take it away."""

    words: str
    names: tuple[str, ...]


class CardFilters(QueryForm):
    """What the list of cards is narrowed to, and how it is sorted, in the query string.

    `place` is where `near` was found to be, and `others` what else of this name there is.
    """

    q = LineField(_l("Search"), max=80, required=False)
    near = LineField(_l("Near"), max=80, required=False)
    day = ChoiceField(_l("Day"), lambda: [("", _("Any day")), *weekdays()], required=False)
    time_of_day = ChoiceField(
        _l("Time of day"),
        lambda: [("", _("Any time")), *in_words(TIMES_OF_DAY, TIME_WORDS)],
        required=False,
    )
    level = ChoiceField(_l("Level"), lambda: [("", _("Any level")), *in_words(LEVELS, LEVEL_WORDS)], required=False)
    pace = PaceField(_l("Pace"), min=QUICKEST, max=SLOWEST, required=False)
    pace_by = ChoiceField(_l("Give or take"), lambda: [(by, _around(int(by))) for by in PACES_AROUND], required=False)
    company = ChoiceField(
        _l("Company"), lambda: [("", _("Any company")), *in_words(COMPANIES, COMPANY_WORDS)], required=False
    )
    sort = ChoiceField(_l("Order"), lambda: [(NEWEST, _("Newest")), (BEST, _("For you"))], required=False)
    card = IdField(_l("Your card"), wrong=_l("Choose one of your own cards."), required=False)

    place: Place | None = None
    others: tuple[Place, ...] = ()

    def filters(self) -> Filters:
        """What was asked for, without what can't be understood."""
        chosen = self.chosen()
        pace, around = chosen.get("pace"), int(chosen.get("pace_by") or PACES_AROUND[1])
        self.pace_by.data = str(around)
        return Filters(
            words=searching.asked(chosen.get("q", "")),
            near=self._found(chosen.get("near", "")),
            paces=(pace - around, pace + around) if pace else None,
            **{name: chosen.get(name, "") for name in ("day", "time_of_day", "level", "company")},
        )

    def _found(self, name: str) -> Near | None:
        """The circle around a place by its name, if it is known."""
        if not name:
            return None
        voice = i18n.get_locale_code(), i18n.timezone().key
        found = places_called(name, *voice)
        if not found:
            self.others = tuple(places_like(name, *voice))
            self.near.errors = [
                _("We don't know this place. Do you mean one of these?")
                if self.others
                else _("We don't know this place. Give a town's name.")
            ]
            return None
        self.place, *others = found
        self.others = tuple(others)
        return Near(self.place.latitude, self.place.longitude, RADIUS_KM)

    @property
    def best_first(self) -> bool:
        """Whether those who go best with a card of one's own are asked for."""
        return bool(self.sort.data == BEST and not self.sort.errors)

    @property
    def asks(self) -> bool:
        """Whether anything is asked for, understood or not; an order is no question."""
        order = ("sort", "card", "pace_by")
        return any(field.errors or field.data for name, field in self._fields.items() if name not in order)

    @property
    def unfolds(self) -> bool:
        """Whether the further filters stand open: one of them is set, or wrong."""
        return any(self[name].errors or self[name].data for name in ("level", "pace", "company"))

    @property
    def settings(self) -> list[Setting]:
        """The filters that are set and understood, in words."""
        return list(self._settings())

    def _settings(self) -> Iterator[Setting]:
        if self.q.data and not self.q.errors:
            yield Setting(_("“%(words)s”", words=self.q.data), ("q",))
        if self.place is not None:
            around = measures.distance(RADIUS_KM)
            yield Setting(_("%(distance)s around %(place)s", distance=around, place=self.place.name), ("near",))
        for name in ("day", "time_of_day", "level", "company"):
            if self[name].data and not self[name].errors:
                words = next(str(choice.label) for choice in self[name].choices if choice.value == self[name].data)
                yield Setting(words, (name,))
        if self.pace.data and not self.pace.errors:
            around = _around(int(self.pace_by.data))
            pace = f"{measures.pace(self.pace.data)} {measures.pace_unit()}"
            yield Setting(f"{pace} {around}", ("pace", "pace_by"))


def _around(seconds: int) -> str:
    """“± 30 s”, in the reader's unit."""
    off = round(seconds * measures.KM_PER_MILE) if i18n.units() == "miles" else seconds
    return _("± %(seconds)s s", seconds=number(off))
