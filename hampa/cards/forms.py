"""Forms of cards, their filters, and interests."""

from typing import Any

from hampa.cards.models import CARD_STATES, COMPANIES, LEVELS, PHONE_VISIBILITIES, TIMES_OF_DAY
from hampa.cards.queries.listing import Filters
from hampa.platform.geo.map_links import is_nowhere, nowhere_in_words
from hampa.platform.geo.places import Place, places_called
from hampa.platform.locale import dates, i18n, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, number
from hampa.platform.texts.search import parse_search
from hampa.platform.web import fields
from hampa.platform.web.forms import Form, OnceForm
from hampa.platform.web.list_filters import ListFilter, ListFilters, around_place, pace_in_words, quoted
from hampa.platform.web.picture_form import PICTURE_MEGABYTES
from hampa.platform.web.uploads import PICTURES, UploadField

LEVEL_WORDS = {"beginner": _l("Beginner"), "regular": _l("Regular"), "advanced": _l("Advanced")}
TIME_WORDS = {
    "dawn": _l("Dawn"),
    "morning": _l("Morning"),
    "noon": _l("Noon"),
    "afternoon": _l("Afternoon"),
    "evening": _l("Evening"),
    "night": _l("Night"),
}
PHONE_WORDS = {"hidden": _l("Hidden"), "accepted": _l("Shown to those I accepted"), "public": _l("Public")}
COMPANY_WORDS = {"anyone": _l("Anyone"), "women": _l("Women only")}
STATE_WORDS = {"active": _l("Active"), "resting": _l("Resting")}

SLOWEST, QUICKEST = 900, 150
"""The range of paces of a card, seconds a kilometre: 15:00 and 2:30."""
PACE_TOLERANCES = ("15", "30", "60")
"""Seconds a kilometre by which a pace may differ from the filter's; the second is the default."""
NEWEST, BEST = "newest", "match"
OPTIONAL_QUESTIONS = "description aim best_5k best_10k best_half best_marathon latitude longitude image"


def choices(values: tuple[str, ...], words: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the choices of a field: each value with its words."""
    return [(value, str(words[value])) for value in values]


def weekdays() -> list[tuple[str, str]]:
    """Return the days with their names, from the first of the viewer's week."""
    return [(day, dates.weekday_name(day)) for day in dates.week()]


class CardForm(OnceForm):
    """A new or changed card; paces are seconds a kilometre, best times are seconds."""

    title = fields.StringField(_l("Title"), min=3, max=80)
    description = fields.TextAreaField(_l("About your running"), max=1000, required=False)
    place = fields.StringField(_l("Where you run"), min=2, max=80)
    latitude = fields.LatitudeField(_l("Latitude"), required=False)
    longitude = fields.LongitudeField(_l("Longitude"), required=False)
    days = fields.SelectMultipleField(_l("Days"), weekdays)
    time_of_day = fields.SelectField(_l("Time of day"), lambda: choices(TIMES_OF_DAY, TIME_WORDS))
    distance_km = fields.FloatField(_l("Distance in kilometres"), min=1, max=200)
    pace = fields.PaceField(_l("Pace"), min=QUICKEST, max=SLOWEST)
    level = fields.SelectField(_l("Level"), lambda: choices(LEVELS, LEVEL_WORDS))
    aim = fields.StringField(_l("What you run for"), max=80, required=False)
    best_5k = fields.RaceTimeField(_l("Best 5 km"), distance="5k", required=False)
    best_10k = fields.RaceTimeField(_l("Best 10 km"), distance="10k", required=False)
    best_half = fields.RaceTimeField(_l("Best half marathon"), distance="half", required=False)
    best_marathon = fields.RaceTimeField(_l("Best marathon"), distance="marathon", required=False)
    image = UploadField(_l("Picture"), megabytes=PICTURE_MEGABYTES, accept=PICTURES)
    image_remove = fields.BooleanField(_l("Show no picture"))
    phone_visibility = fields.SelectField(
        _l("Your phone number"), lambda: choices(PHONE_VISIBILITIES, PHONE_WORDS), default="hidden", required=False
    )
    company = fields.SelectField(
        _l("Company"), lambda: choices(COMPANIES, COMPANY_WORDS), default="anyone", required=False
    )
    state = fields.SelectField(_l("State"), lambda: choices(CARD_STATES, STATE_WORDS), default="active", required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether all fields are valid and a pin has both numbers or none."""
        valid = bool(super().validate(extra_validators))
        if not self.latitude.errors and not self.longitude.errors:
            missing = self.longitude if self.longitude.data is None else self.latitude
            if (self.latitude.data is None) != (self.longitude.data is None):
                missing.errors = [_("A pin needs both numbers, or none.")]
                return False
            if self.latitude.data is not None and is_nowhere((self.latitude.data, self.longitude.data)):
                self.latitude.errors = [nowhere_in_words()]
                return False
        return valid

    def fields(self) -> dict[str, Any]:
        """Return the columns of `Card`, without choices that have a default and were not made."""
        omitted = {name for name in ("phone_visibility", "company", "state") if self[name].data is None}
        omitted |= {"csrf_token", "submission", "image", "image_remove"}
        return {name: value for name, value in self.data.items() if name not in omitted}

    @property
    def unfolds(self) -> bool:
        """Whether the optional questions are shown unfolded: one of them has a value or an error."""
        return any(self[name].data or self[name].errors for name in OPTIONAL_QUESTIONS.split())


class CardFilters(ListFilters):
    """The filters of the list of cards, and its order."""

    q = fields.StringField(_l("Search"), max=80, required=False)
    day = fields.SelectField(_l("Day"), lambda: [("", _("Any day")), *weekdays()], required=False)
    time_of_day = fields.SelectField(
        _l("Time of day"), lambda: [("", _("Any time")), *choices(TIMES_OF_DAY, TIME_WORDS)], required=False
    )
    level = fields.SelectField(
        _l("Level"), lambda: [("", _("Any level")), *choices(LEVELS, LEVEL_WORDS)], required=False
    )
    pace = fields.PaceField(_l("Pace"), min=QUICKEST, max=SLOWEST, required=False)
    pace_by = fields.SelectField(
        _l("Give or take"), lambda: [(by, _tolerance(int(by))) for by in PACE_TOLERANCES], required=False
    )
    company = fields.SelectField(
        _l("Company"), lambda: [("", _("Any company")), *choices(COMPANIES, COMPANY_WORDS)], required=False
    )
    sort = fields.SelectField(_l("Order"), lambda: [(BEST, _("For you")), (NEWEST, _("Newest"))], required=False)
    card = fields.UUIDField(_l("Your card"), message=_l("Choose one of your own cards."), required=False)

    declared = (
        ListFilter("q", quoted),
        ListFilter("near", lambda form: around_place(form, form.radius), modifiers=("radius_km", "at")),
        ListFilter("day"),
        ListFilter("time_of_day"),
        ListFilter("level", further=True),
        ListFilter("company", further=True),
        ListFilter("pace", lambda form: pace_in_words(form, "pace_by"), modifiers=("pace_by",), further=True),
    )
    page_names = ("sort", "card")
    unset = Filters()

    def filters(self, town: Place | None = None) -> Filters:
        """Return the valid filters as values; without a place, around the viewer's own town."""
        self.assume(town)
        chosen = self.chosen()
        pace, tolerance = chosen.get("pace"), int(chosen.get("pace_by") or PACE_TOLERANCES[1])
        self.pace_by.data = str(tolerance)
        unknown = _("We don't know this place. Enter the name of a town.")
        return Filters(
            words=parse_search(chosen.get("q", "")),
            near=self.find_place(places_called, unknown, self.radius),
            paces=(pace - tolerance, pace + tolerance) if pace else None,
            **{name: chosen.get(name, "") for name in ("day", "time_of_day", "level", "company")},
        )

    @property
    def newest_first(self) -> bool:
        """Whether the newest cards come first, also for those with a card of their own."""
        return bool(self.sort.data == NEWEST and not self.sort.errors)


class InterestForm(OnceForm):
    """The message that goes with an interest."""

    line = fields.StringField(_l("A line for them"), max=200, required=False)


class DecisionForm(Form):
    """A decision about an interest."""

    decision = fields.SelectField(
        _l("Decision"),
        lambda: [
            ("accept", _("Accept")),
            ("decline", _("Decline")),
            ("withdraw", _("Take back")),
            ("reopen", _("Undo")),
        ],
    )


def _tolerance(seconds: int) -> str:
    """Return “± 30 s”, in the reader's unit."""
    off = round(seconds * measures.KM_PER_MILE) if i18n.units() == "miles" else seconds
    return _("± %(seconds)s s", seconds=number(off))
