"""The form of a run, published or changed, and of calling it off."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Self

from hampa.photos.forms import MEGABYTES
from hampa.platform.locale import dates, i18n, zones
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import (
    DECIMAL,
    BooleanField,
    DateField,
    FieldList,
    FloatField,
    FormField,
    HiddenField,
    InputField,
    IntegerField,
    LatitudeField,
    LongitudeField,
    PaceField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from hampa.platform.web.forms import Form, TokenlessForm
from hampa.platform.web.uploads import PICTURES, UploadField
from hampa.runs.actions.plan import PLANNED, PaceGroupPlan, RunPlan
from hampa.runs.forms.organisers import PhonesField
from hampa.runs.forms.pin import PinField
from hampa.runs.forms.words import (
    COMPANY_WORDS,
    JOIN_POLICY_WORDS,
    LEVEL_WORDS,
    TERRAIN_WORDS,
    VISIBILITY_WORDS,
    in_words,
)
from hampa.runs.models.run import (
    COMPANIES,
    DEFAULT_DURATION,
    JOIN_POLICIES,
    LEVELS,
    MOST_GUESTS,
    MOST_PACE_GROUPS,
    TERRAINS,
    VISIBILITIES,
    Run,
)


def _own_zone() -> str:
    """The viewer's zone by a name that can be chosen."""
    return zones.listed(i18n.timezone().key) or "UTC"


class WallTimeField(InputField):
    """A day and a time, or a time alone: `(day or None, time)` on the clock of the meeting point."""

    attributes = DECIMAL

    def coerce(self, text: str) -> tuple[date | None, time]:
        day, _space, clock = text.replace("T", " ").strip().rpartition(" ")
        return dates.parse_date(day) if day else None, dates.parse_time(clock)

    def format(self, value: datetime) -> str:
        return f"{dates.input_date(value.date())} {dates.input_time(value.time())}"


class PaceGroupForm(TokenlessForm):
    """One pace group of a run; all empty means none."""

    name = StringField(_l("Name of the group"), max=40, required=False)
    pace = PaceField(_l("Pace"), min=120, max=1200, required=False)
    leader = SelectField(_l("Who leads"), lambda: [("", "")], required=False)
    size = IntegerField(_l("Places in the group"), min=1, max=10_000, required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """A group has a name and a pace, or is not there."""
        fine = super().validate(extra_validators)
        said = [field for field in self if field.data not in (None, "") or field.errors]
        for field in (self.name, self.pace):
            if said and field.data in (None, "") and not field.errors:
                field.errors = [_("This can't be empty.")]
                fine = False
        return fine


class RunForm(Form):
    """A run, published or changed. `sequence` is that of the run whose form this was."""

    title = StringField(_l("Title"), min=3, max=120)
    starts_on = DateField(_l("Day"))
    starts_at = TimeField(_l("Time"))
    place = StringField(_l("Meeting point"), min=2, max=120)
    directions = TextAreaField(_l("How to find each other"), max=500, required=False)
    description = TextAreaField(_l("What to know"), max=5000, required=False)
    duration_min = IntegerField(_l("Length in minutes"), min=10, max=2880, required=False)
    distance_km = FloatField(_l("Distance in kilometres"), min=0.5, max=500, required=False)
    capacity = IntegerField(_l("Places"), min=2, max=10_000, required=False)
    level = SelectField(_l("Level"), lambda: in_words(LEVELS, LEVEL_WORDS), default="all", required=False)
    terrain = SelectField(_l("Ground"), lambda: in_words(TERRAINS, TERRAIN_WORDS), default="road", required=False)
    visibility = SelectField(
        _l("Who sees it"), lambda: in_words(VISIBILITIES, VISIBILITY_WORDS), default="public", required=False
    )
    company = SelectField(
        _l("Who may come"), lambda: in_words(COMPANIES, COMPANY_WORDS), default="anyone", required=False
    )
    join_policy = SelectField(
        _l("Who gets a place"), lambda: in_words(JOIN_POLICIES, JOIN_POLICY_WORDS), default="open", required=False
    )
    joining_closes = WallTimeField(_l("Joining closes"), required=False)
    meet_minutes_before = IntegerField(_l("Be there, minutes before"), min=0, max=120, required=False)
    guests_allowed = IntegerField(_l("Guests that each may bring"), min=0, max=MOST_GUESTS, required=False)
    pace_groups = FieldList(FormField(PaceGroupForm), min_entries=MOST_PACE_GROUPS, max_entries=MOST_PACE_GROUPS)
    pin = PinField(_l("Pin on the map"), required=False)
    latitude = LatitudeField(_l("Latitude"), required=False)
    longitude = LongitudeField(_l("Longitude"), required=False)
    timezone = SelectField(
        _l("Time zone of the meeting point"),
        lambda: zones.by_area(i18n.get_locale_code()),
        default=_own_zone,
        required=False,
    )
    organisers = PhonesField(_l("Organise with, by phone number"), required=False)
    route = UploadField(_l("Route"), megabytes=5, accept=".gpx,application/gpx+xml")
    route_cut = BooleanField(_l("Hide where it starts and ends"))
    route_remove = BooleanField(_l("Take the route away"))
    cover = UploadField(_l("Cover"), megabytes=MEGABYTES, accept=PICTURES)
    cover_remove = BooleanField(_l("Take the cover away"))
    sequence = HiddenField()

    def __init__(self, *args: Any, leaders: Sequence[tuple[uuid.UUID, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Nobody yet")), *((str(person_id), name) for person_id, name in leaders)]
        for group in self.pace_groups:
            group.form.leader.choices = choices

    @classmethod
    def of(cls, run: Run, plan: RunPlan, leaders: Sequence[tuple[uuid.UUID, str]] = ()) -> Self:
        """The form filled in from a run and the plan it follows."""
        return cls(data=_said(plan) | {"sequence": str(run.sequence)}, leaders=leaders)

    @classmethod
    def like(cls, plan: RunPlan, leaders: Sequence[tuple[uuid.UUID, str]] = ()) -> Self:
        """The form of another run that follows the same plan on another day, led by those of its leaders who may."""
        known = {str(person_id) for person_id, _name in leaders}
        said = _said(plan) | {"starts_on": None, "joining_closes": None}
        for group in said["pace_groups"]:
            group["leader"] = group["leader"] if group["leader"] in known else ""
        form = cls(data=said, leaders=leaders)
        closes = plan.joining_closes
        if closes is not None and form.joining_closes.raw_data is None:
            # A day is not copied; a time alone is the last one before the start.
            same = timedelta() <= plan.starts_local - closes < timedelta(days=1)
            form.joining_closes.raw_data = [dates.input_time(closes.time())] if same else []
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """A pin is both numbers or none; one that was pasted is in place of the numbers."""
        fine = bool(super().validate(extra_validators))
        if self.pin.data is not None:
            for field, degrees in zip((self.latitude, self.longitude), self.pin.data, strict=True):
                field.data, field.raw_data, field.errors = degrees, None, []
            return not self.errors
        if not self.latitude.errors and not self.longitude.errors:
            missing = self.longitude if self.longitude.data is None else self.latitude
            if (self.latitude.data is None) != (self.longitude.data is None):
                missing.errors = [_("A pin needs both numbers, or none.")]
                return False
        return fine

    def plan(self) -> RunPlan:
        """What was said; what was left out is as a short form has it."""
        km = self.distance_km.data
        starts_local = datetime.combine(self.starts_on.data, self.starts_at.data)
        return RunPlan(
            title=self.title.data,
            starts_local=starts_local,
            timezone=self.timezone.data or _own_zone(),
            place=self.place.data,
            description=self.description.data,
            duration_min=self.duration_min.data or DEFAULT_DURATION,
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            directions=self.directions.data,
            distance_km=None if km is None else Decimal(str(km)),
            level=self.level.data or "all",
            terrain=self.terrain.data or "road",
            capacity=self.capacity.data,
            visibility=self.visibility.data or "public",
            company=self.company.data or "anyone",
            join_policy=self.join_policy.data or "open",
            joining_closes=self._closing(starts_local),
            meet_minutes_before=self.meet_minutes_before.data or 0,
            guests_allowed=self.guests_allowed.data or 0,
            pace_groups=tuple(self._paces()),
        )

    def _closing(self, starts_local: datetime) -> datetime | None:
        """When joining closes; a time alone is the last such time before the start."""
        if self.joining_closes.data is None:
            return None
        day, clock = self.joining_closes.data
        if day is not None:
            return datetime.combine(day, clock)
        closes = datetime.combine(starts_local.date(), clock)
        return closes if closes <= starts_local else closes - timedelta(days=1)

    def _paces(self) -> Iterator[PaceGroupPlan]:
        for group in self.pace_groups:
            said = group.form
            if said.name.data:
                leader = uuid.UUID(said.leader.data) if said.leader.data else None
                yield PaceGroupPlan(name=said.name.data, pace=said.pace.data, leader_id=leader, size=said.size.data)

    def take_over(self, run: Run, now: RunPlan) -> tuple[RunPlan, list[str], RunPlan]:
        """After somebody else saved: what this form says, in what it differs from the run's plan now, and that.

        Sent once more, the form stands against that version.
        """
        plan = self.plan()
        self.sequence.data = str(run.sequence)
        self.sequence.raw_data = None
        return plan, [name for name in PLANNED if getattr(plan, name) != getattr(now, name)], now

    @property
    def seen_sequence(self) -> int:
        """Which version of the run the organiser was looking at; -1 when the form does not say."""
        text = self.sequence.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    @property
    def unfolds(self) -> bool:
        """Whether the further questions stand open: something in them is filled in or refused."""
        usual = {"duration_min": DEFAULT_DURATION, "level": "all", "terrain": "road", "visibility": "public"}
        if self.route.errors or self.cover.errors or self.route_cut.data:
            return True
        return any(self._says(name, usual.get(name)) for name in ("directions", "description", *usual))

    @property
    def unfolds_place(self) -> bool:
        """Whether zone and numbers stand open: the zone is not the organiser's own, or something is wrong."""
        wrong = self.latitude.errors or self.longitude.errors
        return bool(wrong) or self._says("timezone", _own_zone())

    @property
    def unfolds_joining(self) -> bool:
        """Whether the questions about joining stand open."""
        usual = {"company": "anyone", "join_policy": "open", "meet_minutes_before": 0, "guests_allowed": 0}
        return any(self._says(name, usual.get(name)) for name in (*usual, "joining_closes"))

    def _says(self, name: str, usual: object) -> bool:
        """Whether something other than the usual stands in a field, or something wrong."""
        return bool(self[name].errors) or self[name].data not in (None, "", usual)

    @property
    def groups_said(self) -> int:
        """How many pace groups have something in them, or wrong with them."""
        return sum(map(_is_said, self.pace_groups))

    @property
    def groups_open(self) -> int:
        """How many pace groups are asked for at once: those up to the last with something in it, and one more."""
        last = max((place for place, group in enumerate(self.pace_groups, 1) if _is_said(group)), default=1)
        return min(last + 1, MOST_PACE_GROUPS)


def _is_said(group: FormField) -> bool:
    """Whether a pace group has something in it, or wrong with it."""
    return any(field.data not in (None, "") or field.errors for field in group.form)


def _said(plan: RunPlan) -> dict[str, Any]:
    """A plan as the fields of the form hold it."""
    groups = [
        {"name": said.name, "pace": said.pace, "leader": str(said.leader_id or ""), "size": said.size}
        for said in plan.pace_groups
    ]
    return {name: getattr(plan, name) for name in PLANNED} | {
        "starts_on": plan.starts_local.date(),
        "starts_at": plan.starts_local.time(),
        "timezone": zones.listed(plan.timezone),
        "pace_groups": groups,
    }


class CancelForm(Form):
    """Calling a run off."""

    reason = TextAreaField(_l("Why"), max=300, required=False)
