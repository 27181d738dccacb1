"""Forms of runs and participants, and the labels of their choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import SelectField
from hampa.platform.web.forms import Form

LEVEL_WORDS = {
    "all": _l("All levels"),
    "beginner": _l("Beginner"),
    "regular": _l("Regular"),
    "advanced": _l("Advanced"),
}
TERRAIN_WORDS = {"road": _l("Road"), "trail": _l("Trail"), "track": _l("Track"), "mixed": _l("Mixed ground")}
VISIBILITY_WORDS = {
    "public": _l("Everybody"),
    "link": _l("Only people with the link"),
    "crew": _l("Members of the crew"),
}
COMPANY_WORDS = {"anyone": _l("Anyone"), "women": _l("Women only")}
JOIN_POLICY_WORDS = {"open": _l("Everybody at once"), "approval": _l("Who I say yes to")}


def choices_of(values: Sequence[str], words: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the choices of a field, each value with its label."""
    return [(value, str(words[value])) for value in values]


class AnswerForm(Form):
    """A yes or no."""

    answer = SelectField(_l("Your answer"), lambda: [("yes", _("Yes")), ("no", _("No"))])
