"""Forms of leaderboards: which board, and flags of activities."""

from hampa.leaderboards.models.registry import ALL, METRES, MONTH, SECONDS, WEEK
from hampa.leaderboards.models.standings import APPEALED, FLAGGED, LIFTED, LONGEST_REASON, SHORTEST_REASON, UPHELD
from hampa.platform.locale import measures
from hampa.platform.locale.i18n import lazy_gettext as _l, lazy_pgettext, number
from hampa.platform.web.fields import TextAreaField
from hampa.platform.web.forms import Form

WINDOW_WORDS = {
    WEEK: lazy_pgettext("board", "This week"),
    MONTH: lazy_pgettext("board", "This month"),
    ALL: lazy_pgettext("board", "Ever"),
}
STATE_WORDS = {
    FLAGGED: lazy_pgettext("flag", "Does not count"),
    APPEALED: lazy_pgettext("flag", "Waits for a decision"),
    UPHELD: lazy_pgettext("flag", "Decided: it does not count"),
    LIFTED: lazy_pgettext("flag", "Counts again"),
}

REASON_GONE = _l("The reason was deleted with the account of who gave it.")


def score_in_words(unit: str, score: int) -> str:
    """Return a score as people say it."""
    if unit == SECONDS:
        return measures.duration(score / 60)
    return measures.distance(score / 1_000) if unit == METRES else number(score)


class FlagForm(Form):
    """Why an activity is implausible."""

    reason = TextAreaField(_l("What makes it implausible?"), min=SHORTEST_REASON, max=LONGEST_REASON)


class AppealForm(Form):
    """Why an activity is right."""

    words = TextAreaField(_l("Why is it right?"), min=SHORTEST_REASON, max=LONGEST_REASON)


class DecisionForm(Form):
    """What operators say to the person about a flag."""

    answer = TextAreaField(_l("A word to the person"), max=LONGEST_REASON, required=False)
