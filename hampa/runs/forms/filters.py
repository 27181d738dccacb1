"""What lists of runs are narrowed to."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hampa.platform import i18n
from hampa.platform.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.forms import BooleanField, ChoiceField, DateField, LineField, QueryForm
from hampa.runs.forms.words import LEVEL_WORDS, TERRAIN_WORDS, in_words
from hampa.runs.models.run import LEVELS, TERRAINS, words_of
from hampa.runs.queries.listing import Filters

LAST_DAY = date(9000, 1, 1)
"""Days after this one are beyond every run, and near the end of what can be counted."""


class RunFilters(QueryForm):
    """What the list of runs is narrowed to, in the query string; `from` and `to` are days, both included."""

    q = LineField(_l("Search"), max=80, required=False)
    to = DateField(_l("Until"), required=False)
    level = ChoiceField(_l("Level"), lambda: [("", _("Any level")), *in_words(LEVELS[1:], LEVEL_WORDS)], required=False)
    terrain = ChoiceField(
        _l("Ground"), lambda: [("", _("Any ground")), *in_words(TERRAINS, TERRAIN_WORDS)], required=False
    )
    has_room = BooleanField(_l("Has room"), false_values=(False, "false", "0", ""))

    def filters(self) -> Filters:
        """What was asked for, without what can't be understood."""
        chosen = self.chosen()
        first, last = chosen.get("from"), chosen.get("to")
        if first and last and last < first:
            self.to.errors = [_("This day is before the first one.")]
            last = None
        return Filters(
            words=tuple(words_of(chosen.get("q", ""))),
            since=_begin_of(first) if first else None,
            until=_begin_of(min(last, LAST_DAY) + timedelta(days=1)) if last else None,
            level=chosen.get("level", ""),
            terrain=chosen.get("terrain", ""),
            has_room=chosen.get("has_room", False),
        )

    @property
    def asks(self) -> bool:
        """Whether anything is asked for, understood or not."""
        return any(self[name].data or self[name].errors for name in self._fields)

    @property
    def unfolds(self) -> bool:
        """Whether the further filters stand open: one of them is set, or wrong."""
        return any(self[name].errors or self[name].data for name in ("from", "to", "terrain"))


# The filter's name is promised, and a word of Python's.
setattr(RunFilters, "from", DateField(_l("From"), required=False))


def _begin_of(day: date) -> datetime:
    """When a day begins for the viewer."""
    return datetime.combine(min(day, LAST_DAY), time.min, i18n.timezone()).astimezone(UTC)
