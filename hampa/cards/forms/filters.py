"""What lists of cards are narrowed to."""

from __future__ import annotations

from hampa.cards.forms.words import LEVEL_WORDS, TIME_WORDS, in_words, weekdays
from hampa.cards.models.card import LEVELS, TIMES_OF_DAY
from hampa.platform.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.forms import ChoiceField, LineField, QueryForm


class CardFilters(QueryForm):
    """What the list of cards is narrowed to, in the query string."""

    q = LineField(_l("Search"), max=80, required=False)
    day = ChoiceField(_l("Day"), lambda: [("", _("Any day")), *weekdays()], required=False)
    time_of_day = ChoiceField(
        _l("Time of day"),
        lambda: [("", _("Any time")), *in_words(TIMES_OF_DAY, TIME_WORDS)],
        required=False,
    )
    level = ChoiceField(_l("Level"), lambda: [("", _("Any level")), *in_words(LEVELS, LEVEL_WORDS)], required=False)
