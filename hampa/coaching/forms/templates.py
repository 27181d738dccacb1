"""Forms of templates: their sessions and milestones, saving and filling plans, and giving them to athletes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from hampa.coaching.actions.starting_plans import STARTING_WORDS
from hampa.coaching.forms.sessions import LONGEST_TEXT, LONGEST_WHY, efforts
from hampa.coaching.models.sessions import MOST_WEEKS
from hampa.coaching.models.templates import (
    GIVEN,
    LEAST_PERCENT,
    LONGEST_TEMPLATE_NAME,
    MOST_A_WEEK,
    MOST_PERCENT,
    NOT_ACTIVE,
    NOT_ALLOWED,
    NOT_YOURS,
    TOO_MANY,
    WAITING,
    Scale,
)
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext, ngettext
from hampa.platform.web.fields import (
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from hampa.platform.web.forms import OnceForm
from hampa.training.forms.activities import DistanceField, DurationField
from hampa.training.forms.words import KIND_WORDS
from hampa.training.models.activities import KINDS, RUN
from hampa.training.models.plans import LONGEST_NAME

RACE, START = "race", "start"
ANCHOR_WORDS = {RACE: _l("It leads to a race on this day"), START: _l("It begins on this day")}
OUTCOME_WORDS = {
    WAITING: lazy_pgettext("giving", "Not yet"),
    GIVEN: lazy_pgettext("giving", "Given"),
    NOT_YOURS: lazy_pgettext("giving", "Not an athlete of yours any more"),
    NOT_ALLOWED: lazy_pgettext("giving", "Does not let you change plans"),
    NOT_ACTIVE: lazy_pgettext("giving", "In the archive"),
    TOO_MANY: lazy_pgettext("giving", "Too many plans for one day"),
}
OUTCOME_MARKS = {WAITING: ("plain", "clock"), GIVEN: ("mine", "check")}


def week_words(week: int) -> str:
    """Return so many weeks before the race in words."""
    if not week:
        return _("race week")
    return ngettext("%(num)d week to the race", "%(num)d weeks to the race", week)


def day_words(before: int) -> str:
    """Return so many days before the race in words."""
    if not before:
        return _("race day")
    return ngettext("%(num)d day before the race", "%(num)d days before the race", before)


def _weeks() -> list[tuple[str, str]]:
    return [(str(week), week_words(week)) for week in range(MOST_WEEKS)]


def _days() -> list[tuple[str, str]]:
    words = [ngettext("%(num)d day before", "%(num)d days before", day) for day in range(1, 7)]
    return [
        ("0", _("the day of the week on which the race is")),
        *((str(day), one) for day, one in enumerate(words, 1)),
    ]


class TemplateForm(OnceForm):
    """What a template is called."""

    name = StringField(_l("Template name"), min=1, max=LONGEST_TEMPLATE_NAME)


class NewTemplateForm(OnceForm):
    """What a new template begins with, and its name: without one, that of what it begins with."""

    start = SelectField(
        _l("Begin with"), [("", _l("Nothing: I write it myself")), *STARTING_WORDS.items()], default="", required=False
    )
    name = StringField(_l("Template name"), min=1, max=LONGEST_TEMPLATE_NAME, required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, and name the template after what it begins with if it has no name."""
        super().validate(extra_validators)
        if not self.name.data and not self.errors:
            if not self.start.data:
                self.name.errors = [_("This can't be empty.")]
            else:
                self.name.data = str(STARTING_WORDS[self.start.data])
        return not self.errors


class _Placed(OnceForm):
    """On which day before the race something lies."""

    week = SelectField(_l("Week"), _weeks, default="0")
    weekday = SelectField(_l("Day"), _days, default="0")

    @property
    def before(self) -> int:
        """Return so many days before the race."""
        return 7 * int(self.week.data) + int(self.weekday.data)


class TemplateSessionForm(_Placed):
    """A session of a template, and in how many weeks it comes."""

    kind = SelectField(_l("What is it?"), lambda: [(one, KIND_WORDS[one]) for one in KINDS], default=RUN)
    distance_km = DistanceField(_l("Distance in kilometres"), min=0.1, max=1_000, required=False)
    duration = DurationField(_l("Duration"), min=60, required=False)
    effort = SelectField(_l("Effort"), efforts, default="", required=False)
    text = TextAreaField(_l("Description"), max=LONGEST_TEXT, required=False)
    repeat = IntegerField(
        _l("In this many weeks, including the current one"), min=1, max=MOST_WEEKS, default=1, required=False
    )

    @classmethod
    def of(cls, session: Any) -> TemplateSessionForm:
        """Return the form of a session of a template."""
        return cls(
            week=str(session["before"] // 7),
            weekday=str(session["before"] % 7),
            kind=session["kind"],
            distance_km=session["distance_m"] / 1_000 if session["distance_m"] else None,
            duration=session["duration_s"],
            effort=str(session["effort"] or ""),
            text=session["text"],
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, and that there is a distance or a duration."""
        super().validate(extra_validators)
        if not (self.distance_km.data or self.duration.data or self.distance_km.errors or self.duration.errors):
            self.distance_km.errors = [_("Enter a distance or a duration.")]
        return not self.errors

    def values(self) -> dict[str, Any]:
        """Return the session."""
        return {
            "before": self.before,
            "kind": self.kind.data,
            "distance_m": round(self.distance_km.data * 1_000) if self.distance_km.data else None,
            "duration_s": self.duration.data or None,
            "effort": int(self.effort.data) if self.effort.data else None,
            "text": self.text.data or "",
        }


class TemplateMilestoneForm(_Placed):
    """A milestone of a template."""

    name = StringField(_l("Milestone"), min=1, max=LONGEST_NAME)


class _Scaled(OnceForm):
    """How a template is changed as it is given."""

    confirmed = HiddenField()
    percent = IntegerField(_l("Percent of distances and durations"), min=LEAST_PERCENT, max=MOST_PERCENT, default=100)
    weeks = IntegerField(_l("Only the last weeks, how many"), min=1, max=MOST_WEEKS, required=False)
    most_a_week = IntegerField(_l("At most this many sessions a week"), min=1, max=MOST_A_WEEK, required=False)

    def is_read(self, token: str) -> bool:
        """Return whether what `token` stands for was read; a client without the field for the answer is not asked."""
        return not self.confirmed.raw_data or self.confirmed.data == token

    @property
    def scale(self) -> Scale:
        """Return the scale."""
        return Scale(self.percent.data, self.weeks.data, self.most_a_week.data)


class GiveForm(_Scaled):
    """Which athletes get a template, when, and how it is changed for them."""

    name = StringField(_l("Plan name"), min=1, max=LONGEST_NAME)
    anchor = SelectField(_l("When"), lambda: list(ANCHOR_WORDS.items()), default=RACE)
    day = DateField(_l("Day"))
    athletes = SelectMultipleField(_l("Athletes"), [])

    def offer(self, athletes: Sequence[tuple[uuid.UUID, str]]) -> None:
        """Offer athletes."""
        self.athletes.set_choices([(str(one), name) for one, name in athletes])

    @property
    def athlete_ids(self) -> list[uuid.UUID]:
        """Return the chosen athletes."""
        return [uuid.UUID(one) for one in self.athletes.data]

    @property
    def is_start(self) -> bool:
        """Return whether the day is the first one, not the race."""
        return bool(self.anchor.data == START)


class FillForm(_Scaled):
    """From which template a plan is filled, and until when."""

    template = SelectField(_l("Template"), [])
    last_on = DateField(_l("Until the race, or the last day"))
    why = StringField(_l("Why"), max=LONGEST_WHY, required=False)

    def offer(self, templates: Sequence[Any]) -> None:
        """Offer templates."""
        self.template.set_choices([("", _("Choose a template")), *((str(one.id), one.name) for one in templates)])

    @property
    def template_id(self) -> uuid.UUID:
        """Return the chosen template."""
        return uuid.UUID(self.template.data)


class SaveTemplateForm(OnceForm):
    """As what a plan is saved as a template."""

    name = StringField(_l("Template name"), min=1, max=LONGEST_TEMPLATE_NAME)


def left_out_words(count: int) -> str:
    """Return what is said of sessions whose days are over, "" for none."""
    return ngettext(
        "%(num)d session left out: its day is over", "%(num)d sessions left out: their days are over", count
    )
