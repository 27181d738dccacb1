"""The form of a run, published or changed, and of calling it off."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from hampa.platform import i18n, zones
from hampa.platform.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.forms import (
    ChoiceField,
    DateField,
    Form,
    HiddenField,
    LatitudeField,
    LineField,
    LongitudeField,
    NumberField,
    TextField,
    TimeField,
    WholeField,
)
from hampa.runs.actions.plan import PLANNED, Plan
from hampa.runs.forms.organisers import PhonesField
from hampa.runs.forms.words import LEVEL_WORDS, TERRAIN_WORDS, VISIBILITY_WORDS, in_words
from hampa.runs.models.run import DEFAULT_DURATION, LEVELS, TERRAINS, VISIBILITIES, Run


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
    organisers = PhonesField(_l("Organise with, by phone number"), required=False)
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
        return bool(self.organisers.typed()) or any(
            self[name].errors or self[name].data not in (None, "", usual.get(name)) for name in further
        )


class CancelForm(Form):
    """Calling a run off."""

    reason = TextField(_l("Why"), max=300, required=False)
