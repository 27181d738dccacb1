"""Forms of plans for athletes: sessions, moving and answering them, and the race."""

from __future__ import annotations

from typing import Any

from hampa.coaching.models.sessions import (
    EXCUSED,
    ILLNESS,
    LONGEST_LINE,
    LONGEST_TEXT,
    LONGEST_WHY,
    PLANNED,
    SKIPPED,
    TRAVEL,
    PlanSession,
)
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, number
from hampa.platform.web.fields import DateField, SelectField, StringField, TextAreaField
from hampa.platform.web.forms import Form, OnceForm
from hampa.training.forms.activities import DistanceField, DurationField
from hampa.training.forms.words import FEELING_WORDS, KIND_WORDS
from hampa.training.models.activities import FEELINGS, KINDS, LEAST_EFFORT, MOST_EFFORT, RUN
from hampa.training.models.plans import LONGEST_DESCRIPTION, LONGEST_NAME

SKIP, SHORTEN, ILL, AWAY, AGAIN = "skip", "shorten", "illness", "travel", "again"
STEPS = {SKIP: (SKIPPED, ""), ILL: (EXCUSED, ILLNESS), AWAY: (EXCUSED, TRAVEL), AGAIN: (PLANNED, "")}
"""What the buttons of a session do with it."""


def efforts() -> list[tuple[str, str]]:
    """Return efforts to choose from, or none."""
    return [("", _("Not said")), *((str(one), number(one)) for one in range(LEAST_EFFORT, MOST_EFFORT + 1))]


def _feelings() -> list[tuple[str, Any]]:
    return [("", _("Not said")), *((one, FEELING_WORDS[one]) for one in FEELINGS)]


class SessionForm(OnceForm):
    """What is planned for a day, and why it changes."""

    day = DateField(_l("Day"))
    kind = SelectField(_l("What is it?"), lambda: [(one, KIND_WORDS[one]) for one in KINDS], default=RUN)
    distance_km = DistanceField(_l("Distance in kilometres"), min=0.1, max=1_000, required=False)
    duration = DurationField(_l("Duration"), min=60, required=False)
    effort = SelectField(_l("Effort"), efforts, default="", required=False)
    text = TextAreaField(_l("Description"), max=LONGEST_TEXT, required=False)
    why = StringField(_l("Why it changes"), max=LONGEST_WHY, required=False)

    @classmethod
    def of(cls, session: PlanSession, **more: Any) -> SessionForm:
        """Return the form of a session."""
        return cls(
            day=session.day,
            kind=session.kind,
            distance_km=session.distance_m / 1_000 if session.distance_m else None,
            duration=session.duration_s,
            effort=str(session.effort) if session.effort else "",
            text=session.text,
            **more,
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, and that there is a distance or a duration."""
        super().validate(extra_validators)
        if not (self.distance_km.data or self.duration.data or self.distance_km.errors or self.duration.errors):
            self.distance_km.errors = [_("Enter a distance or a duration.")]
        return not self.errors

    def values(self) -> dict[str, Any]:
        """Return the columns of the session."""
        return {
            "day": self.day.data,
            "kind": self.kind.data,
            "distance_m": round(self.distance_km.data * 1_000) if self.distance_km.data else None,
            "duration_s": self.duration.data or None,
            "effort": int(self.effort.data) if self.effort.data else None,
            "text": self.text.data or "",
        }


class MoveForm(Form):
    """To which day a session moves, and why."""

    day = DateField(_l("To which day"))
    why = StringField(_l("Why"), max=LONGEST_WHY, required=False)


class StepForm(Form):
    """What becomes of a session that is not done, and why."""

    step = SelectField(_l("What happens to it"), [(one, one) for one in (SKIP, SHORTEN, ILL, AWAY, AGAIN)])
    why = StringField(_l("Why"), max=LONGEST_WHY, required=False)


class AnswerForm(Form):
    """How a session was, and what was done if no activity says that."""

    felt_effort = SelectField(_l("How hard was it?"), efforts, default="", required=False)
    feeling = SelectField(_l("How did it feel?"), _feelings, default="", required=False)
    line = StringField(_l("A line"), max=LONGEST_LINE, required=False)
    distance_km = DistanceField(_l("Distance in kilometres"), min=0.01, max=1_000, required=False)
    duration = DurationField(_l("Duration"), min=1, required=False)

    def values(self) -> dict[str, Any]:
        """Return the columns of the answer."""
        return {
            "felt_effort": int(self.felt_effort.data) if self.felt_effort.data else None,
            "feeling": self.feeling.data or "",
            "line": self.line.data or "",
            "distance_m": round(self.distance_km.data * 1_000) if self.distance_km.data else None,
            "duration_s": self.duration.data or None,
        }


class RaceForm(Form):
    """The day of the race to which a plan leads, and why it moves."""

    race_on = DateField(_l("Day of the race"))
    why = StringField(_l("Why"), max=LONGEST_WHY, required=False)


class AthletePlanForm(OnceForm):
    """A plan for an athlete."""

    name = StringField(_l("Plan name"), min=1, max=LONGEST_NAME)
    description = TextAreaField(_l("What it is for"), max=LONGEST_DESCRIPTION, required=False)
    race_on = DateField(_l("Day of the race"), required=False)

    def values(self) -> dict[str, Any]:
        """Return the columns of the plan."""
        return {"name": self.name.data, "description": self.description.data or ""}
