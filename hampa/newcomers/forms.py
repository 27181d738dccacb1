"""The form that asks newcomers how it has been."""

from hampa.newcomers.models import FEELINGS, LONGEST_ANSWER, NOBODY, READERS
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.fields import SelectField, TextAreaField
from hampa.platform.web.forms import Form

FEELING_WORDS = dict(
    zip(FEELINGS, (_l("I feel at home"), _l("Some of it is good"), _l("I haven't found my place yet")), strict=True)
)
READER_WORDS = dict(zip(READERS, (_l("The admins of the crew"), _l("Nobody: it is for me alone")), strict=True))


class AnswerForm(Form):
    """How it has been, and who reads it."""

    feeling = SelectField(_l("How has it been?"), lambda: list(FEELING_WORDS.items()))
    text = TextAreaField(_l("What was good, and what was missing?"), max=LONGEST_ANSWER, required=False)
    readers = SelectField(_l("Who reads your answer?"), lambda: list(READER_WORDS.items()), default=NOBODY)
