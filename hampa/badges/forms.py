"""The form of a badge, which writes its criteria; criteria of programs; and the forms of pictures and reasons."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from hampa.badges.models import (
    ALL,
    ATTENDANCE,
    DRAWINGS,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_REASON,
    METRICS,
    MOST_THRESHOLD,
    WINDOWS,
    Badge,
    Criteria,
)
from hampa.badges.queries.words import METRIC_WORDS, WINDOW_WORDS
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext
from hampa.platform.web.fields import DateField, FloatField, SelectField, StringField, TextAreaField
from hampa.platform.web.forms import Form, OnceForm
from hampa.platform.web.picture_form import PictureForm
from hampa.training.forms.words import VISIBILITY_WORDS
from hampa.training.models.activities import ME, VISIBILITIES

DRAWING_WORDS = {
    "dawn": lazy_pgettext("drawing", "Dawn"),
    "lanes": lazy_pgettext("drawing", "Two lines"),
    "road": lazy_pgettext("drawing", "Road"),
    "mountain": lazy_pgettext("drawing", "Mountain"),
    "flame": lazy_pgettext("drawing", "Flame"),
    "calendar": lazy_pgettext("drawing", "Calendar"),
    "hands": lazy_pgettext("drawing", "Hands"),
    "flag": lazy_pgettext("drawing", "Flag"),
    "heart": lazy_pgettext("drawing", "Heart"),
    "star": lazy_pgettext("drawing", "Star"),
    "whistle": lazy_pgettext("drawing", "Whistle"),
    "door": lazy_pgettext("drawing", "Door"),
}
CRITERIA_FIELDS = ("metric", "window", "since", "until", "threshold", "plan", "crew")

FAULTS: Final = {
    "missing": _l("This is missing."),
    "extra_forbidden": _l("There is no such field."),
    "less_than_equal": _l("This is too much."),
    "greater_than_equal": _l("This is too little."),
    "uuid_parsing": _l("This is not an id."),
    "whole": _l("Enter a whole number."),
    "no_days": _l("Days are for a badge between two days."),
    "backwards": _l("This day is before the first one."),
    "no_streak": _l("Weeks in a row are counted ever, or between two days."),
    "no_plan": _l("On a plan, only activities are counted: hours, kilometres, activities or weeks."),
    "one_of_both": _l("Choose a plan or a crew, not both."),
}


class InvalidCriteria(ValueError):
    """Criteria that no badge has; `faults` are a field and its message each."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(faults)
        self.faults = faults


def read_criteria(given: Mapping[str, Any]) -> Criteria:
    """Return the criteria that JSON or a form says. Raise InvalidCriteria."""
    try:
        criteria = Criteria.model_validate(dict(given))
    except ValidationError as error:
        raise InvalidCriteria([_fault(one) for one in error.errors()[:20]]) from None
    if faults := criteria.faults():
        raise InvalidCriteria([(field, str(FAULTS[fault])) for field, fault in faults])
    return criteria


def _fault(error: Any) -> tuple[str, str]:
    field = ".".join(str(part) for part in error["loc"])
    if error["type"] == "literal_error":
        return field, _("Choose one of these: %(words)s.", words=error["ctx"]["expected"])
    return field, str(FAULTS.get(error["type"]) or _("This value does not have the right form."))


class BadgeForm(OnceForm):
    """A badge: what it is called, how it looks, and what it asks for."""

    name_fa = StringField(_l("Name in Persian"), max=LONGEST_NAME, required=False)
    name_en = StringField(_l("Name in English"), max=LONGEST_NAME, required=False)
    description_fa = TextAreaField(_l("Purpose in Persian"), max=LONGEST_DESCRIPTION, required=False)
    description_en = TextAreaField(_l("Purpose in English"), max=LONGEST_DESCRIPTION, required=False)
    drawing = SelectField(_l("Drawing"), lambda: [(one, DRAWING_WORDS[one]) for one in DRAWINGS], default="star")
    threshold = FloatField(_l("How much"), min=0.1, max=MOST_THRESHOLD)
    metric = SelectField(
        _l("What it counts"), lambda: [(one, METRIC_WORDS[one]) for one in METRICS], default=ATTENDANCE
    )
    window = SelectField(_l("Within"), lambda: [(one, WINDOW_WORDS[one]) for one in WINDOWS], default=ALL)
    since = DateField(_l("First day"), required=False)
    until = DateField(_l("Last day"), required=False)
    plan = SelectField(_l("Only on the plan"), [], required=False)
    crew = SelectField(_l("Only in the crew"), [], required=False)

    @classmethod
    def of(cls, badge: Badge, **more: Any) -> BadgeForm:
        """Return the form of a badge."""
        names = ("name_fa", "name_en", "description_fa", "description_en", "drawing")
        shown = {name: getattr(badge, name) for name in names}
        try:
            asked = Criteria.model_validate(badge.criteria).model_dump(exclude_none=True)
        except ValidationError:
            asked = {}
        asked |= {name: str(asked[name]) for name in ("plan", "crew") if name in asked}
        return cls(**shown, **asked, **more)

    def offer(self, plans: Sequence[tuple[uuid.UUID, str]], crews: Sequence[tuple[uuid.UUID, str]] = ()) -> None:
        """Offer plans and crews; those that the badge has stay among them."""
        for field, rows, kept in ((self.plan, plans, _("A plan of others")), (self.crew, crews, _("Another crew"))):
            offered = {str(key): name for key, name in rows}
            chosen = field.object_data
            if chosen:
                offered.setdefault(str(chosen), kept)
            field.set_choices([("", _("None")), *offered.items()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, that it has a name, and that the criteria go together."""
        super().validate(extra_validators)
        if not (self.name_fa.data or self.name_en.data) and not self.name_fa.errors:
            self.name_fa.errors = [_("Give it a name in one language at least.")]
        if not any(self[name].errors for name in CRITERIA_FIELDS):
            try:
                read_criteria(self.asked())
            except InvalidCriteria as invalid:
                for field, message in invalid.faults:
                    self[field].errors = [message]
        return not self.errors

    def asked(self) -> dict[str, Any]:
        """Return the criteria as they were filled in."""
        return {name: self[name].data for name in CRITERIA_FIELDS if self[name].data not in (None, "")}

    @property
    def criteria(self) -> Criteria:
        """Return the valid criteria."""
        return read_criteria(self.asked())

    def values(self) -> dict[str, Any]:
        """Return the further columns of the badge."""
        names = ("name_fa", "name_en", "description_fa", "description_en")
        return {name: self[name].data or "" for name in names} | {"drawing": self.drawing.data}


class BadgePictureForm(PictureForm):
    """A picture of a badge."""


class CircleForm(Form):
    """Who sees one's badges."""

    visibility = SelectField(
        _l("Who sees my badges"), lambda: [(one, VISIBILITY_WORDS[one]) for one in VISIBILITIES], default=ME
    )


class TakeForm(Form):
    """Why a badge is taken from somebody."""

    reason = TextAreaField(_l("Why? They read it."), min=1, max=LONGEST_REASON)
