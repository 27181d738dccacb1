"""Filters of list pages: declared once, read from the query string, shown as chips, and part of URLs and cache keys.

A feature subclasses `ListFilters` with the fields of its query string and a `ListFilter` for each filter. Its `filters()`
returns the values for the feature's query, which `platform.filtering` turns into conditions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import g, request
from wtforms import BooleanField, Field

from hampa.platform.geo.places import Place, coordinates, places_like
from hampa.platform.geo.squares import Near
from hampa.platform.locale import i18n, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import IntegerField, SelectField, SelectMultipleField, StringField
from hampa.platform.web.forms import QueryForm

PAGE_NAMES = ("after", "lang", "anywhere")
"""Names in the query string of every list page."""
RADIUS_KM = 10
TOWN_KM = 50
"""How far around the viewer's own town a list looks of its own accord."""


@dataclass(frozen=True)
class ListFilter:
    """A filter of a list page, by the name of its field.

    `words` returns the text of its chip, by default the labels of the chosen values. `modifiers` are fields that have no
    meaning without this one and are removed with it. `further` filters are behind "More filters".
    """

    name: str
    words: Callable[[Any], str] | None = None
    modifiers: tuple[str, ...] = ()
    further: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names in the query string to remove with the filter."""
        return (self.name, *self.modifiers)


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """A filter that is set: the text of its chip, and the names in the query string to remove with it."""

    words: str
    names: tuple[str, ...]


class ListFilters(QueryForm):
    """The filters of a list page, read from the query string.

    `place` is the place that `near` names, and `others` are further places with this name or a similar one. A point
    that was chosen on a map or by the browser is in `at`, so that nobody reads degrees in `near`. `town` is the
    viewer's own, around which the page looks as long as nothing says otherwise; `anywhere=1` does.
    """

    q: Any
    pace: Any
    near = StringField(_l("Near"), max=80, required=False)
    at = StringField(_l("Chosen point"), max=120, required=False)
    radius_km = IntegerField(_l("Within kilometres"), min=1, max=200, required=False)

    declared: ClassVar[Sequence[ListFilter]] = ()
    page_names: ClassVar[Sequence[str]] = ()
    """Other names in the query string of the page, such as its order."""
    unset: ClassVar[Any] = None
    """What `filters()` returns where no filter is set and no town is looked around, if that is always the same."""

    place: Place | None = None
    others: tuple[Place, ...] = ()
    town: Place | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        g.query_names = self.query_names()
        point = coordinates(self.at.data or "", i18n.get_locale_code())
        if point and self.near.data in ("", None, point.name if point.named else ""):
            self.near.data = self.at.data

    @classmethod
    def query_names(cls) -> frozenset[str]:
        """Return the names in the query string on which the page depends."""
        return frozenset((*cls.filter_names(), *cls.page_names, *PAGE_NAMES))

    @classmethod
    def filter_names(cls) -> frozenset[str]:
        """Return the names in the query string that belong to filters."""
        return frozenset(name for declared in cls.declared for name in declared.names)

    @property
    def address(self) -> str:
        """Return the URL of this page without query values on which it does not depend."""
        return known_address(self.query_names())

    @property
    def asks(self) -> bool:
        """Return whether any filter is set, valid or not."""
        return any(self._is_filled(declared.name) for declared in self.declared if not self._is_assumed(declared.name))

    @property
    def has_errors(self) -> bool:
        """Return whether a field is wrong or a place unknown, so that the form has to be seen."""
        return bool(self.errors or self.others)

    @property
    def near_text(self) -> str:
        """Return the name of the place as the field shows it, "" for a point without one."""
        if self.place is None or not self.place.exact:
            return self.near.data or ""
        return self.place.name if self.place.named else ""

    @property
    def point(self) -> str:
        """Return the value of `at`: the chosen point, "" for a place that its name tells."""
        return self.place.query if self.place and self.place.exact else ""

    @property
    def radius(self) -> int:
        """Return the kilometres around the place."""
        return RADIUS_KM if self.radius_km.errors or not self.radius_km.data else int(self.radius_km.data)

    @property
    def unfolds(self) -> bool:
        """Return whether "More filters" is open: one of them is set, or one of them or a modifier is invalid."""
        modifiers = {name for declared in self.declared for name in declared.modifiers}
        return any(self._is_filled(declared.name) for declared in self.declared if declared.further) or any(
            self[name].errors for name in modifiers
        )

    @property
    def active(self) -> list[ActiveFilter]:
        """Return the filters that are set and valid, in the order of their chips."""
        return [
            ActiveFilter(declared.words(self) if declared.words else chosen_label(self[declared.name]), declared.names)
            for declared in self.declared
            if self[declared.name].data and not self[declared.name].errors
        ]

    def assume(self, town: Place | None) -> None:
        """Look around the viewer's own town unless the query string says where, or has words to look for.

        The circle that was offered is sent along with each other filter, and stays what it was.
        """
        if town is None:
            return
        silent = not (self.near.data or self.q.data or "anywhere" in request.args)
        offered = (self.near.data, self.radius_km.data, self.at.data) == (town.name, TOWN_KM, "")
        if silent or offered:
            self.town = self.place = town
            self.near.data, self.radius_km.data = town.name, TOWN_KM
            self.near.raw_data = self.radius_km.raw_data = None

    def find_place(
        self, find: Callable[[str, str, str], Sequence[Place]], unknown: str, radius_km: float
    ) -> Near | None:
        """Return the circle around the place that `near` names, or None.

        An unknown place is an error of `near`, with the text `unknown` when no similar name is known either.
        """
        name = self.near.data
        if self.near.errors or not name:
            return None
        if self.town:
            return Near(self.town.latitude, self.town.longitude, TOWN_KM)
        reader = i18n.get_locale_code(), i18n.timezone().key
        places = find(name, *reader)
        if not places:
            self.others = tuple(places_like(name, *reader))
            similar = _("We don't know this place. Do you mean one of these?")
            self.near.errors = [similar if self.others else unknown]
            return None
        self.place, *others = places
        self.others = tuple(others)
        return Near(self.place.latitude, self.place.longitude, radius_km)

    def _is_assumed(self, name: str) -> bool:
        return name == "near" and self.town is not None

    def _is_filled(self, name: str) -> bool:
        return bool(self[name].errors or self[name].data)


def chosen_label(field: Field) -> str:
    """Return the labels of the chosen values of a field."""
    if isinstance(field, BooleanField):
        return str(field.label.text)
    if isinstance(field, SelectMultipleField):
        return _(", ").join(str(choice.label) for choice in field.choices if choice.value in field.data)
    if isinstance(field, SelectField):
        return next(str(choice.label) for choice in field.choices if choice.value == (field.data or ""))
    return str(field.data)


def quoted(form: ListFilters) -> str:
    """Return the search words in quotation marks."""
    return _("“%(words)s”", words=form.q.data)


def around_place(form: ListFilters, radius_km: float) -> str:
    """Return words for the circle around the place."""
    if form.place and not form.place.named:
        return _("%(distance)s around the point you chose", distance=measures.distance(radius_km))
    place = form.place.name if form.place else ""
    return _("%(distance)s around %(place)s", distance=measures.distance(radius_km), place=place)


def pace_in_words(form: ListFilters, tolerance: str) -> str:
    """Return words for the pace and its tolerance, which is a field."""
    return f"{measures.pace(form.pace.data)} {measures.pace_unit()} {chosen_label(form[tolerance])}"


def known_address(names: frozenset[str]) -> str:
    """Return the path of this page with the query values of these names."""
    return request.path + "?" + urlencode([pair for pair in request.args.items(multi=True) if pair[0] in names])
