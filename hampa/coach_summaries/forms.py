"""The form of a draft: its sentences, each with where it comes from, and room for new ones; and words of summaries."""

from collections.abc import Mapping, Sequence
from typing import Any

from hampa.coach_summaries.models import (
    AWAY,
    BUSY,
    CHANGES,
    FACTS,
    LONGEST_SENTENCE,
    MOST_SENTENCES,
    PARTS,
    QUESTIONS,
    QUOTA,
    REJECTED,
    UNUSABLE,
)
from hampa.coach_summaries.queries.links import SourceLink
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext
from hampa.platform.web.fields import BooleanField, FieldList, FormField, HiddenField, SelectField, TextAreaField
from hampa.platform.web.forms import Form, TokenlessForm

NEW_ROWS = 2
PART_WORDS = {
    FACTS: lazy_pgettext("summary", "Facts"),
    CHANGES: lazy_pgettext("summary", "Changes"),
    QUESTIONS: lazy_pgettext("summary", "Open questions"),
}
FAILURE_WORDS = {
    QUOTA: _l("Your summaries by the language model are used up for this month. This one is composed from the data."),
    BUSY: _l("The language model has too much to do right now. This one is composed from the data."),
    AWAY: _l("The language model did not answer. This one is composed from the data."),
    UNUSABLE: _l("The language model gave no sentence with a source. This one is composed from the data."),
    REJECTED: _l("The language model refused us. This one is composed from the data."),
}


class SentenceForm(TokenlessForm):
    """A sentence with its sources: those that it has, or one that is chosen."""

    part = SelectField(_l("Part"), lambda: [(one, PART_WORDS[one]) for one in PARTS], default=FACTS)
    text = TextAreaField(_l("Sentence"), max=LONGEST_SENTENCE, required=False, render_kw={"rows": 2})
    sources = HiddenField()
    source = SelectField(_l("Where it comes from"), list, default="", required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, and that a sentence has a source."""
        is_valid = bool(super().validate(extra_validators))
        if not (self.text.data or "").strip() or self.sources.data or self.source.data:
            return is_valid
        self.source.errors = [*self.source.errors, _("Each sentence needs a source. Choose where it comes from.")]
        return False

    def value(self) -> dict[str, Any]:
        """Return the sentence."""
        named = [self.source.data] if self.source.data else (self.sources.data or "").split()
        return {"part": self.part.data, "text": " ".join((self.text.data or "").split()), "sources": named}


class SentencesForm(Form):
    """The sentences of a draft; an empty one is left out."""

    sentences = FieldList(FormField(SentenceForm), min_entries=1, max_entries=MOST_SENTENCES + NEW_ROWS)
    version = HiddenField()

    def offer(self, links: Mapping[str, SourceLink]) -> None:
        """Offer sources for new sentences."""
        choices = [("", _("Choose")), *((link.key, link.title) for link in links.values())]
        for row in self.sentences:
            row.form.source.set_choices(choices)

    def values(self) -> list[dict[str, Any]]:
        """Return the sentences."""
        return [row.form.value() for row in self.sentences]

    @property
    def read_version(self) -> int | None:
        """Return the version of the draft with which the form began, None if it says none."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class ApprovalForm(Form):
    """Whether others see a summary."""

    is_shared = BooleanField(_l("Others see it"))


def rows_of(sentences: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the rows of the form for sentences, with empty ones for new sentences."""
    rows = [
        {"part": one.part, "text": one.text, "sources": " ".join(link.key for link in one.sources)} for one in sentences
    ]
    return rows + [{"part": FACTS, "text": "", "sources": ""}] * NEW_ROWS
