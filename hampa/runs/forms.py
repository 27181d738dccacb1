"""Forms of runs: shape, cleaning and wording of what comes in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hampa.platform import i18n, zones
from hampa.platform.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import Input
from hampa.platform.web.forms import (
    BooleanField,
    ChoiceField,
    DateField,
    Form,
    HiddenField,
    LatitudeField,
    LineField,
    LongitudeField,
    NumberField,
    QueryForm,
    TextField,
    TimeField,
    WholeField,
)
from hampa.runs.actions import PLANNED, Brought, Plan
from hampa.runs.models import (
    DEFAULT_DURATION,
    GOING,
    INTERESTED,
    LEVELS,
    TERRAINS,
    VISIBILITIES,
    Participation,
    Run,
    words_of,
)
from hampa.runs.queries import Filters

LEVEL_WORDS = {
    "all": _l("All levels"),
    "beginner": _l("Beginner"),
    "regular": _l("Regular"),
    "advanced": _l("Advanced"),
}
TERRAIN_WORDS = {
    "road": _l("Road"),
    "trail": _l("Trail"),
    "track": _l("Track"),
    "mixed": _l("Mixed ground"),
}
VISIBILITY_WORDS = {
    "public": _l("Everybody"),
    "link": _l("Only who has the link"),
}
LAST_DAY = date(9000, 1, 1)
"""Days after this one are beyond every run, and near the end of what can be counted."""


def in_words(values: Sequence[str], words: dict[str, Any]) -> list[tuple[str, str]]:
    """Choices of a field: each value with its words."""
    return [(value, str(words[value])) for value in values]


def _own_zone() -> str:
    """The viewer's zone by a name that can be chosen."""
    return zones.listed(i18n.timezone().key) or "UTC"


class RunForm(Form):
    """A run, published or changed. `sequence` is that of the run whose form this was."""

    title = LineField(_l("Title"), min=3, max=120)
    starts_on = DateField(_l("Day"))
    starts_at = TimeField(_l("Time"))
    place = LineField(_l("Meeting point"), min=2, max=120)
    description = TextField(_l("What to know"), max=5000, required=False)
    duration_min = WholeField(_l("Length in minutes"), min=10, max=2880, required=False)
    distance_km = NumberField(_l("Distance in kilometres"), min=0.5, max=500, required=False)
    capacity = WholeField(_l("Places"), min=2, max=10_000, required=False)
    level = ChoiceField(_l("Level"), lambda: in_words(LEVELS, LEVEL_WORDS), default="all", required=False)
    terrain = ChoiceField(_l("Ground"), lambda: in_words(TERRAINS, TERRAIN_WORDS), default="road", required=False)
    visibility = ChoiceField(
        _l("Who sees it"), lambda: in_words(VISIBILITIES, VISIBILITY_WORDS), default="public", required=False
    )
    latitude = LatitudeField(_l("Latitude"), required=False)
    longitude = LongitudeField(_l("Longitude"), required=False)
    timezone = ChoiceField(
        _l("Time zone of the meeting point"),
        lambda: zones.by_area(i18n.get_locale_code()),
        default=_own_zone,
        required=False,
    )
    sequence = HiddenField()

    @classmethod
    def of(cls, run: Run) -> RunForm:
        """The form filled in from a run."""
        planned = {name: getattr(run, name) for name in PLANNED}
        changed = {
            "starts_on": run.starts_local.date(),
            "starts_at": run.starts_local.time(),
            "timezone": zones.listed(run.timezone),
            "sequence": str(run.sequence),
        }
        return cls(data=planned | changed)

    def validate(self, extra_validators: Any = None) -> bool:
        """A pin is both numbers or none."""
        fine = bool(super().validate(extra_validators))
        if not self.latitude.errors and not self.longitude.errors:
            missing = self.longitude if self.longitude.data is None else self.latitude
            if (self.latitude.data is None) != (self.longitude.data is None):
                missing.errors = [_("A pin needs both numbers, or none.")]
                return False
        return fine

    def plan(self) -> Plan:
        """What was said; what was left out is as a short form has it."""
        km = self.distance_km.data
        return Plan(
            title=self.title.data,
            starts_local=datetime.combine(self.starts_on.data, self.starts_at.data),
            timezone=self.timezone.data or _own_zone(),
            place=self.place.data,
            description=self.description.data,
            duration_min=self.duration_min.data or DEFAULT_DURATION,
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            distance_km=None if km is None else Decimal(str(km)),
            level=self.level.data or "all",
            terrain=self.terrain.data or "road",
            capacity=self.capacity.data,
            visibility=self.visibility.data or "public",
        )

    def take_over(self, run: Run) -> tuple[Plan, list[str]]:
        """After somebody else saved: what this form says, and in what it differs from the run now.

        Sent once more, the form stands against that version.
        """
        plan = self.plan()
        self.sequence.data = str(run.sequence)
        self.sequence.raw_data = None
        return plan, [name for name in PLANNED if getattr(plan, name) != getattr(run, name)]

    @property
    def seen_sequence(self) -> int:
        """Which version of the run the organiser was looking at; -1 when the form does not say."""
        text = self.sequence.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    @property
    def unfolds(self) -> bool:
        """Whether the further questions stand open: something in them is filled in or refused."""
        usual = {"duration_min": DEFAULT_DURATION, "level": "all", "terrain": "road", "visibility": "public"}
        further = ("description", "distance_km", "capacity", "latitude", "longitude", "timezone", *usual)
        usual["timezone"] = _own_zone()
        return any(self[name].errors or self[name].data not in (None, "", usual.get(name)) for name in further)


class RunFilters(QueryForm):
    """What the list of runs is narrowed to, in the query string; `from` and `to` are days, both included."""

    q = LineField(_l("Search"), max=80, required=False)
    to = DateField(_l("Until"), required=False)
    level = ChoiceField(_l("Level"), lambda: [("", _("Any level")), *in_words(LEVELS[1:], LEVEL_WORDS)], required=False)
    terrain = ChoiceField(
        _l("Ground"), lambda: [("", _("Any ground")), *in_words(TERRAINS, TERRAIN_WORDS)], required=False
    )
    has_room = BooleanField(_l("Has room"), false_values=(False, "false", "0", ""))

    def filters(self) -> Filters:
        """What was asked for, without what can't be understood."""
        chosen = self.chosen()
        first, last = chosen.get("from"), chosen.get("to")
        if first and last and last < first:
            self.to.errors = [_("This day is before the first one.")]
            last = None
        return Filters(
            words=tuple(words_of(chosen.get("q", ""))),
            since=_begin_of(first) if first else None,
            until=_begin_of(min(last, LAST_DAY) + timedelta(days=1)) if last else None,
            level=chosen.get("level", ""),
            terrain=chosen.get("terrain", ""),
            has_room=chosen.get("has_room", False),
        )

    @property
    def asks(self) -> bool:
        """Whether anything is asked for, understood or not."""
        return any(self[name].data or self[name].errors for name in self._fields)

    @property
    def unfolds(self) -> bool:
        """Whether the further filters stand open: one of them is set, or wrong."""
        return any(self[name].errors or self[name].data for name in ("from", "to", "terrain"))


# The filter's name is promised, and a word of Python's.
setattr(RunFilters, "from", DateField(_l("From"), required=False))


class CardField(Input):
    """The id of a runner card; whose it is, the action asks."""

    def read(self, typed: str) -> uuid.UUID:
        try:
            return uuid.UUID(typed)
        except ValueError:
            raise ValueError(_("Choose one of your own cards.")) from None


class JoinForm(Form):
    """Taking part, with a line for the organiser and a card brought along if one likes."""

    status = ChoiceField(
        _l("Taking part"),
        lambda: [(GOING, _("I'm in")), (INTERESTED, _("Interested"))],
        default=GOING,
        required=False,
    )
    note = LineField(_l("A line for the organiser"), max=200, required=False)
    card_id = CardField(_l("Your card"), required=False)

    @classmethod
    def of(cls, mine: Participation) -> JoinForm:
        """The form filled in with what was brought before."""
        return cls(formdata=None, data={"note": mine.note, "card_id": mine.card_id})

    def brought(self) -> Brought:
        """What was said along with it; what the form did not ask stays as it is."""
        said: Brought = {}
        if self.note.raw_data:
            said["note"] = self.note.data
        if self.card_id.raw_data:
            said["card_id"] = self.card_id.data
        return said

    @property
    def refusals(self) -> list[str]:
        """All that is wrong, in one list: the form is a button, mostly."""
        return [text for errors in self.errors.values() for text in errors]


class CancelForm(Form):
    """Calling a run off."""

    reason = TextField(_l("Why"), max=300, required=False)


def _begin_of(day: date) -> datetime:
    """When a day begins for the viewer."""
    return datetime.combine(min(day, LAST_DAY), time.min, i18n.timezone()).astimezone(UTC)
