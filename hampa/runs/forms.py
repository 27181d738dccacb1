"""Forms of runs and participants, and the labels of their choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask import request

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.web.fields import BooleanField, IntegerField, SelectField, StringField, UUIDField
from hampa.platform.web.forms import Form, TokenlessForm
from hampa.runs.actions.joining import JoinDetails
from hampa.runs.models.participation import GOING, INTERESTED, Participation
from hampa.runs.models.questions import LONGEST_ANSWER, TEXT, YES_NO, Question
from hampa.runs.models.run import MOST_GUESTS

FALSE_VALUES = (False, "false", "0", "")

LEVEL_WORDS = {
    "all": _l("All levels"),
    "beginner": _l("Beginner"),
    "regular": _l("Regular"),
    "advanced": _l("Advanced"),
}
TERRAIN_WORDS = {"road": _l("Road"), "trail": _l("Trail"), "track": _l("Track"), "mixed": _l("Mixed ground")}
VISIBILITY_WORDS = {"public": _l("Everybody"), "link": _l("Only who has the link")}
COMPANY_WORDS = {"anyone": _l("Anyone"), "women": _l("Women only")}
JOIN_POLICY_WORDS = {"open": _l("Everybody at once"), "approval": _l("Who I say yes to")}


def choices_of(values: Sequence[str], words: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the choices of a field, each value with its label."""
    return [(value, str(words[value])) for value in values]


class JoinForm(Form):
    """The form to join, with a line for the organiser, a card, a pace group and guests."""

    status = SelectField(
        _l("Taking part"), lambda: [(GOING, _("I'm in")), (INTERESTED, _("Interested"))], default=GOING, required=False
    )
    note = StringField(_l("A line for the organiser"), max=200, required=False)
    card_id = UUIDField(_l("Your card"), message=_l("Choose one of your own cards."), required=False)
    pace_group = UUIDField(_l("Your pace group"), message=_l("Choose one of the groups of this run."), required=False)
    guests = IntegerField(_l("Guests with you"), min=0, max=MOST_GUESTS, required=False)
    together_with_id = UUIDField(
        _l("Two places or none, together with"), message=_l("Choose one of your companions."), required=False
    )
    asks_take_at_once = BooleanField(false_values=FALSE_VALUES)
    take_at_once = BooleanField(_l("Take a place for me when one comes free"), false_values=FALSE_VALUES)

    @classmethod
    def of(cls, participation: Participation) -> JoinForm:
        """Return the form filled in with the details of a participation."""
        names = ("note", "card_id", "guests", "together_with_id", "take_at_once")
        data = {name: getattr(participation, name) for name in names}
        return cls(formdata=None, data={**data, "pace_group": participation.pace_group_id})

    def details(self) -> JoinDetails:
        """Return the details that were sent; the others stay as they are."""
        fields = {
            "note": self.note,
            "card_id": self.card_id,
            "pace_group_id": self.pace_group,
            "together_with_id": self.together_with_id,
        }
        details = cast(JoinDetails, {name: field.data for name, field in fields.items() if field.raw_data})
        if self.guests.raw_data:
            details["guests"] = self.guests.data or 0
        if self.asks_take_at_once.data:
            details["take_at_once"] = self.take_at_once.data
        return details

    @property
    def refusals(self) -> list[str]:
        """All errors in one list, for a form that is only a button."""
        return [text for errors in self.errors.values() for text in errors]


class AnswersForm(TokenlessForm):
    """The answers to the questions of a run, beside the fields of another form; its fields are made for the run."""

    questions: tuple[Question, ...] = ()

    @classmethod
    def of(cls, questions: Sequence[Question], answers: Mapping[str, str] | None = None) -> AnswersForm:
        """Return the form of the questions with the answers that were given, unless it is posted."""
        fields: dict[str, Any] = {_name_of(question): _field_of(question) for question in questions}
        made = type("AnswersForm", (cls,), {"questions": tuple(questions), **fields})
        posted = "answers" in request.form
        given = {_name_of(question): (answers or {}).get(question.id) for question in questions}
        form: AnswersForm = made(data=given) if posted else made(formdata=None, data=given)
        return form

    def answers(self) -> dict[str, str]:
        """Return the answers by the ids of the questions, "" for one that was left empty."""
        return {question.id: self[_name_of(question)].data or "" for question in self.questions}


def _name_of(question: Question) -> str:
    return f"answer_{question.id}"


def _field_of(question: Question) -> Any:
    if question.kind == TEXT:
        return StringField(question.text, max=LONGEST_ANSWER, required=question.required)
    choices = [(one, one) for one in question.choices]
    yes_or_no = [("yes", _l("Yes")), ("no", _l("No"))]
    return SelectField(question.text, yes_or_no if question.kind == YES_NO else choices, required=question.required)


def has_unanswered(questions: Sequence[Question], answers: Mapping[str, str] | None) -> bool:
    """Return whether a required question has no answer."""
    return any(question.required and not (answers or {}).get(question.id) for question in questions)


def answered(questions: Sequence[Question], answers: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """Return the questions that somebody has answered, each with the answer in words."""
    words = {"yes": _("Yes"), "no": _("No")}
    return [
        (question.text, words.get(text, text) if question.kind == YES_NO else text)
        for question in questions
        if (text := (answers or {}).get(question.id))
    ]


class OfferForm(Form):
    """The answer to an offered place."""

    answer = SelectField(_l("Your answer"), lambda: [("take", _("Take it")), ("pass", _("Pass"))])


class LateForm(Form):
    """The minutes by which a participant is late; 0 means on time after all."""

    minutes = SelectField(
        _l("Minutes late"),
        lambda: [(str(minutes), ngettext("%(num)d min", "%(num)d min", minutes)) for minutes in (0, 5, 10, 20)],
    )


class AnswerForm(Form):
    """A yes or no."""

    answer = SelectField(_l("Your answer"), lambda: [("yes", _("Yes")), ("no", _("No"))])
