"""The form of one question to people who join a run, and that of their answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from flask import request

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, number
from hampa.platform.web.fields import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from hampa.platform.web.forms import TokenlessForm
from hampa.questions.models import (
    CHOICE,
    LONGEST_ANSWER,
    LONGEST_CHOICE,
    LONGEST_QUESTION,
    MOST_CHOICES,
    TEXT,
    YES_NO,
    Question,
)

QUESTION_KINDS = [(TEXT, _l("A line of text")), (CHOICE, _l("One of several choices")), (YES_NO, _l("Yes or no"))]
QUESTION_ID = re.compile("[0-9a-f]{12}")


class QuestionForm(TokenlessForm):
    """A question to people who join; an empty form is none. `question_id` is that of one that the run asks already."""

    question_id = HiddenField()
    text = StringField(_l("What you ask"), max=LONGEST_QUESTION, required=False)
    kind = SelectField(_l("Answered by"), lambda: QUESTION_KINDS, default=TEXT, required=False)
    choices = TextAreaField(_l("Choices"), max=MOST_CHOICES * (LONGEST_CHOICE + 2), required=False)
    required = BooleanField(_l("Must be answered"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Require a text where there are choices, and choices where one is to be chosen."""
        super().validate(extra_validators)
        choices = self.chosen_choices
        if choices and not self.text.data and not self.text.errors:
            self.text.errors = [_("This can't be empty.")]
        fits = 2 <= len(choices) <= MOST_CHOICES and all(len(one) <= LONGEST_CHOICE for one in choices)
        if self.text.data and self.kind.data == CHOICE and not self.choices.errors and not fits:
            self.choices.errors = [
                _(
                    "Two to %(most)s choices, each on a line of its own and of %(long)s letters at most.",
                    most=number(MOST_CHOICES),
                    long=number(LONGEST_CHOICE),
                )
            ]
        return not self.errors

    @property
    def chosen_choices(self) -> tuple[str, ...]:
        """Return the choices, one a line, each once."""
        lines = (line.strip() for line in (self.choices.data or "").splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))

    def plan(self) -> Question:
        """Return the question."""
        kind = self.kind.data or TEXT
        question = Question(
            text=self.text.data,
            kind=kind,
            required=bool(self.required.data),
            choices=self.chosen_choices if kind == CHOICE else (),
        )
        return (
            replace(question, id=self.question_id.data)
            if QUESTION_ID.fullmatch(self.question_id.data or "")
            else question
        )


class AnswersForm(TokenlessForm):
    """The answers to the questions of a run, beside the fields of another form; its fields are made for the run."""

    questions: tuple[Question, ...] = ()

    @classmethod
    def for_questions(cls, questions: Sequence[Question]) -> type[Self]:
        """Return the class of the forms of these questions."""
        fields: dict[str, Any] = {name_of(question): _field_of(question) for question in questions}
        return type("AnswersForm", (cls,), {"questions": tuple(questions), **fields})

    @classmethod
    def of(cls, questions: Sequence[Question], answers: Mapping[str, str] | None = None) -> Self:
        """Return the form of the questions with the answers that were given, unless it is posted."""
        made = cls.for_questions(questions)
        given = {name_of(question): (answers or {}).get(question.id) for question in questions}
        return made(data=given) if "answers" in request.form else made(formdata=None, data=given)

    def answers(self) -> dict[str, str]:
        """Return the answers by the ids of the questions, "" for one that was left empty."""
        return {question.id: self[name_of(question)].data or "" for question in self.questions}


def name_of(question: Question) -> str:
    """Return the name of the field of a question."""
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
