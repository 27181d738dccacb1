"""Forms of a run: to publish, change, cancel and hand it over."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Self

from hampa.organising.forms.crew import CrewField
from hampa.organising.forms.organisers import PhonesField
from hampa.organising.forms.pace_groups import PaceGroupForm
from hampa.organising.forms.pin import PinField, PinQuestions, own_zone
from hampa.photos.forms import MEGABYTES
from hampa.plans.actions import PLAN_FIELDS, RunPlan
from hampa.platform.geo.map_links import is_nowhere, nowhere_in_words, point_in
from hampa.platform.ids import read_uuid
from hampa.platform.locale import date_parsing, dates, i18n, zones
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.texts.cleaning import fold
from hampa.platform.web.choice_fields import first_text
from hampa.platform.web.fields import (
    WORDS,
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
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from hampa.platform.web.forms import Form
from hampa.platform.web.moments import TimeField
from hampa.platform.web.uploads import PICTURES, UploadField
from hampa.questions.forms import QuestionForm
from hampa.questions.models import MOST_QUESTIONS, with_distinct_ids
from hampa.runs.forms import COMPANY_WORDS, JOIN_POLICY_WORDS, LEVEL_WORDS, TERRAIN_WORDS, VISIBILITY_WORDS
from hampa.runs.models.run import CREW, MOST_GUESTS, MOST_PACE_GROUPS, Run
from hampa.series.actions.changes import ALL, LATER, ONE


class WallTimeField(InputField):
    """A day and a time, or a time alone; `data` is `(day or None, time)` on the clock of the meeting point."""

    attributes = WORDS

    def coerce(self, text: str) -> tuple[date | None, time]:
        """Return the day, if any, and the time. Raise ValueError."""
        day, clock = date_parsing.parse_day_and_time(text)
        return day, clock or dates.parse_time("")

    def format(self, value: datetime) -> str:
        """Return the day and the time."""
        return f"{dates.input_date(value.date())} {dates.input_time(value.time())}"


class RunForm(PinQuestions, Form):
    """A run to be published or changed; `sequence` is that of the run when the form was opened."""

    title = StringField(_l("Title"), min=3, max=120)
    starts_on = DateField(_l("Day"), takes_time=True)
    starts_at = TimeField(_l("Time"))
    place = StringField(_l("Meeting point"), min=2, max=120)
    directions = TextAreaField(_l("How to find each other"), max=500, required=False)
    description = TextAreaField(_l("What to know"), max=5000, required=False)
    duration_min = IntegerField(_l("Length in minutes"), min=10, max=2880, required=False)
    distance_km = FloatField(_l("Distance in kilometres"), min=0.5, max=500, required=False)
    capacity = IntegerField(_l("Places"), min=2, max=10_000, required=False)
    level = SelectField(_l("Level"), list(LEVEL_WORDS.items()), default="all", required=False)
    terrain = SelectField(_l("Ground"), list(TERRAIN_WORDS.items()), default="road", required=False)
    visibility = SelectField(_l("Who sees it"), list(VISIBILITY_WORDS.items()), default="public", required=False)
    crew = CrewField(_l("Crew"), required=False)
    company = SelectField(_l("Who can join"), list(COMPANY_WORDS.items()), default="anyone", required=False)
    join_policy = SelectField(_l("Who gets a place"), list(JOIN_POLICY_WORDS.items()), default="open", required=False)
    joining_closes = WallTimeField(_l("Joining closes"), required=False)
    meet_minutes_before = IntegerField(_l("Meet this many minutes before the start"), min=0, max=120, required=False)
    guests_allowed = IntegerField(_l("Guests that each may bring"), min=0, max=MOST_GUESTS, required=False)
    pace_groups = FieldList(FormField(PaceGroupForm), min_entries=1, max_entries=MOST_PACE_GROUPS)
    questions = FieldList(FormField(QuestionForm), min_entries=1, max_entries=MOST_QUESTIONS)
    add_group = HiddenField()
    remove_group = HiddenField()
    add_question = HiddenField()
    remove_question = HiddenField()
    pin = PinField(_l("Pin on the map"), required=False)
    pin_is = HiddenField()
    pin_stays = HiddenField()
    latitude = LatitudeField(_l("Latitude"), required=False)
    longitude = LongitudeField(_l("Longitude"), required=False)
    timezone = SelectField(
        _l("Time zone of the meeting point"),
        lambda: zones.by_area(i18n.get_locale_code()),
        default=own_zone,
        required=False,
    )
    organisers = PhonesField(_l("Co-organisers, by phone number"), required=False)
    route = UploadField(
        _l("Route"), megabytes=5
    )  # iOS knows no type for these: with any `accept` it greys the files out
    route_cut = BooleanField(_l("Hide where it starts and ends"))
    route_cut_was = HiddenField()
    route_remove = BooleanField(_l("Remove the route"))
    cover = UploadField(_l("Cover"), megabytes=MEGABYTES, accept=PICTURES)
    cover_remove = BooleanField(_l("Remove the cover"))
    quietly = BooleanField(_l("Tell nobody about small changes"))
    sequence = HiddenField()
    confirmed = HiddenField()

    def __init__(self, *args: Any, leaders: Sequence[tuple[uuid.UUID, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leader_choices = [("", _("Nobody yet")), *((str(person_id), name) for person_id, name in leaders)]
        self.opened: set[str] = set()
        for group in self.pace_groups:
            group.form.leader.set_choices(self.leader_choices)

    def offer_crews(self, crews: Sequence[tuple[uuid.UUID, str]]) -> None:
        """Set the crews to choose from by id and name; without any, no run is for the members of one."""
        self.crew.set_choices([("", _("No crew")), *((str(crew_id), name) for crew_id, name in crews)])
        if not crews:
            self.visibility.set_choices([(key, words) for key, words in VISIBILITY_WORDS.items() if key != CREW])

    def changes_rows(self) -> bool:
        """Add a pace group or a question, or take one away, if a button asks for that; return whether one does."""
        if not self.is_submitted():
            return False
        if self.add_group.data and self.takes_more_groups:
            self.pace_groups.append_entry()
            self.pace_groups[-1].form.leader.set_choices(self.leader_choices)
        if self.add_question.data and self.takes_more_questions:
            self.questions.append_entry()
        _take_away(self.pace_groups, self.remove_group.data)
        _take_away(self.questions, self.remove_question.data)
        self.opened |= {"groups"} if self.add_group.data or self.remove_group.data else set()
        self.opened |= {"questions"} if self.add_question.data or self.remove_question.data else set()
        return bool(self.opened)

    @property
    def http_status(self) -> int:
        """Return the status of a page with the form; with another row it is not done yet."""
        return 422 if self.opened else super().http_status

    @classmethod
    def of(cls, run: Run, plan: RunPlan, leaders: Sequence[tuple[uuid.UUID, str]] = (), **more: Any) -> Self:
        """Return the form of a run with its plan; `more` is passed on to the form."""
        form = cls(data=_form_data(plan) | {"sequence": str(run.sequence)}, leaders=leaders, **more)
        form.pinned_at = plan.place, plan.latitude, plan.longitude
        return form

    @classmethod
    def copied_from(cls, plan: RunPlan, leaders: Sequence[tuple[uuid.UUID, str]] = ()) -> Self:
        """Return the form of a new run with the same plan except for its day, and with leaders who are in `leaders`."""
        leader_ids = {str(person_id) for person_id, _name in leaders}
        data = _form_data(plan) | {"starts_on": None, "joining_closes": None}
        for group in data["pace_groups"]:
            group["leader"] = group["leader"] if group["leader"] in leader_ids else ""
            group["group_id"] = ""
        form = cls(data=data, leaders=leaders)
        form.pinned_at = plan.place, plan.latitude, plan.longitude
        closes = plan.joining_closes
        if closes is not None and form.joining_closes.raw_data is None:
            # A day is not copied; a time alone is the last one before the start.
            is_last = timedelta() <= plan.starts_local - closes < timedelta(days=1)
            form.joining_closes.raw_data = [dates.input_time(closes.time())] if is_last else []
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Require both numbers of a pin or none; a pasted pin replaces the numbers."""
        super().validate(extra_validators)
        self._take_time_of_day_field()
        latitude, longitude = self.latitude, self.longitude
        if self.pin.data is not None:
            for field, degrees in zip((latitude, longitude), self.pin.data, strict=True):
                field.data, field.raw_data, field.errors = degrees, None, []
        elif not latitude.errors and not longitude.errors and (latitude.data is None) != (longitude.data is None):
            missing = longitude if longitude.data is None else latitude
            missing.errors = [_("A pin needs both numbers, or none.")]
        elif latitude.data is not None and longitude.data is not None and is_nowhere((latitude.data, longitude.data)):
            latitude.errors = [nowhere_in_words()]
        self._ask_about_swap()
        self._ask_about_old_pin()
        self._refuse_twins()
        return not self.errors

    def _refuse_twins(self) -> None:
        """Refuse a second pace group of a name: people choose by it, and later runs of a series go by it."""
        names: set[str] = set()
        for entry in self.pace_groups:
            field = entry.form.name
            if field.data and fold(field.data) in names and not field.errors:
                field.errors = [_("Another group has this name already.")]
                self.pace_groups.errors = [each.errors for each in self.pace_groups]
            names.add(fold(field.data or ""))

    def validate_place(self, field: StringField) -> None:
        """Refuse two numbers as the name of a place."""
        if field.data and point_in(field.data) is not None:
            raise ValidationError(
                _("This is a point on the map: put it under “Pin on the map”, and write here what the place is called.")
            )

    def _take_time_of_day_field(self) -> None:
        """Let a time that was typed after the day be the start, if no other one is typed."""
        typed, field = self.starts_on.time, self.starts_at
        if typed is None:
            return
        if not first_text(field.raw_data or ()).strip():
            field.data, field.raw_data, field.errors = typed, None, []
        elif field.data is not None and field.data != typed:
            field.errors = [_("The day has another time after it: %(time)s. Which one is it?", time=dates.clock(typed))]

    def plan(self) -> RunPlan:
        """Return the plan; empty fields have its defaults."""
        starts_local = datetime.combine(self.starts_on.data, self.starts_at.data)
        fields = {name: self[name].data for name in PLAN_FIELDS if name in self}
        return RunPlan(
            **{name: value for name, value in fields.items() if value not in (None, "")}
            | {
                "starts_local": starts_local,
                "timezone": self.timezone.data or own_zone(),
                "crew_id": read_uuid(self.crew.data),
                "distance_km": None if self.distance_km.data is None else Decimal(str(self.distance_km.data)),
                "joining_closes": self._closing_time(starts_local),
                "pace_groups": tuple(entry.form.plan() for entry in self.pace_groups if entry.form.name.data),
                "questions": with_distinct_ids(entry.form.plan() for entry in self.questions if entry.form.text.data),
            }
        )

    def _closing_time(self, starts_local: datetime) -> datetime | None:
        """Return when joining closes; a time alone is the last such time before the start."""
        if self.joining_closes.data is None:
            return None
        day, clock = self.joining_closes.data
        if day is not None:
            return datetime.combine(day, clock)
        closes = datetime.combine(starts_local.date(), clock)
        return closes if closes <= starts_local else closes - timedelta(days=1)

    def rebase(self, run: Run, saved: RunPlan) -> tuple[RunPlan, list[str], RunPlan]:
        """Return the plan of the form, its differences from the `saved` one, and that; then follow the saved one."""
        plan = self.plan()
        self.sequence.data = str(run.sequence)
        self.sequence.raw_data = None
        return plan, [name for name in PLAN_FIELDS if getattr(plan, name) != getattr(saved, name)], saved

    def show_cut(self, cut: bool) -> None:
        """Show whether the run's route is cut, and remember that it was shown so."""
        self.route_cut.data, self.route_cut_was.data = cut, "cut" if cut else "whole"

    @property
    def changes_cut(self) -> bool:
        """Return whether the box of the cut is another than the form showed: a box that nobody touched says nothing."""
        return self.route_cut_was.data == ("whole" if self.route_cut.data else "cut")

    def keep_leaders(self, saved: RunPlan) -> None:
        """Follow the saved leaders of groups where the form says what it showed: that is no choice of its sender."""
        leaders = {str(group.id): str(group.leader_id or "") for group in saved.pace_groups}
        for group in self.pace_groups:
            fields = group.form
            if fields.group_id.data in leaders and (fields.leader.data or "") == (fields.leader_was.data or ""):
                fields.leader.data = leaders[fields.group_id.data]

    @property
    def seen_sequence(self) -> int:
        """Return the version of the run that the organiser was looking at; -1 when the form does not say."""
        text = self.sequence.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    @property
    def filled_groups(self) -> int:
        """Return the number of pace groups with a value or an error."""
        return sum(group.form.is_filled for group in self.pace_groups)

    @property
    def filled_questions(self) -> int:
        """Return the number of questions."""
        return sum(bool(question.form.text.data) for question in self.questions)

    @property
    def takes_more_questions(self) -> bool:
        """Return whether a question can be added."""
        return len(self.questions) < MOST_QUESTIONS

    @property
    def takes_more_groups(self) -> bool:
        """Return whether a pace group can be added."""
        return len(self.pace_groups) < MOST_PACE_GROUPS


def _take_away(rows: FieldList, name: str | None) -> None:
    """Remove the row of this name, if there is one; the others keep theirs."""
    rows.entries = [row for row in rows.entries if row.name != name]


def _form_data(plan: RunPlan) -> dict[str, Any]:
    """Return a plan as data of the form."""
    groups = [
        {
            "group_id": str(group.id or ""),
            "name": group.name,
            "pace": group.pace,
            "leader": str(group.leader_id or ""),
            "leader_was": str(group.leader_id or ""),
            "size": group.size,
        }
        for group in plan.pace_groups
    ]
    return {name: getattr(plan, name) for name in PLAN_FIELDS} | {
        "starts_on": plan.starts_local.date(),
        "starts_at": plan.starts_local.time(),
        "timezone": zones.canonical_name(plan.timezone),
        "crew": str(plan.crew_id or ""),
        "pace_groups": groups,
        "questions": [
            {
                "question_id": question.id,
                "text": question.text,
                "kind": question.kind,
                "choices": "\n".join(question.choices),
                "required": question.required,
            }
            for question in plan.questions
        ],
    }


SCOPES = [(ONE, _l("Only this one")), (LATER, _l("This one and those after it")), (ALL, _l("All that haven't begun"))]


class CancelForm(Form):
    """The cancellation of a run."""

    reason = TextAreaField(_l("Why"), max=300, required=False)


class SeriesRunForm(RunForm):
    """A run of a series to be changed, alone or with others."""

    scope = SelectField(_l("Which runs change"), SCOPES, default=ONE, required=False)


class SeriesCancelForm(CancelForm):
    """The cancellation of a run of a series, alone or with others."""

    scope = SelectField(_l("Which runs are cancelled"), SCOPES, default=ONE, required=False)


class HandOverForm(Form):
    """The person who is asked to own a run, whether the series goes along, and whether the owner stays an organiser."""

    to = HiddenField()
    series = BooleanField(_l("The whole series with it"))
    stays = BooleanField(_l("I'd like to keep organising it"))

    def validate_to(self, _field: HiddenField) -> None:
        """Require a person."""
        if self.person_id is None:
            raise ValidationError(_("Choose somebody."))

    @property
    def person_id(self) -> uuid.UUID | None:
        """Return the id of the person, if one is chosen."""
        return read_uuid(self.to.data)
