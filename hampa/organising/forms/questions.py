"""The form of one question to people who join a run."""

import re
from dataclasses import replace
from typing import Any

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, number
from hampa.platform.web.fields import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from hampa.platform.web.forms import TokenlessForm
from hampa.runs.models.questions import CHOICE, LONGEST_CHOICE, LONGEST_QUESTION, MOST_CHOICES, TEXT, YES_NO, Question

QUESTION_KINDS = [(TEXT, _l("A line of text")), (CHOICE, _l("One of several choices")), (YES_NO, _l("Yes or no"))]
QUESTION_ID = re.compile("[0-9a-f]{12}")


class QuestionForm(TokenlessForm):
    """A question to people who join; an empty form is none. `question_id` is that of one that the run asks already."""

    question_id = HiddenField()
    text = StringField(_l("What you ask"), max=LONGEST_QUESTION, required=False)
    kind = SelectField(_l("Answered by"), lambda: QUESTION_KINDS, default=TEXT, required=False)
    choices = TextAreaField(_l("Choices"), max=MOST_CHOICES * (LONGEST_CHOICE + 2), required=False)
    required = BooleanField(_l("Has to be answered"))

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
