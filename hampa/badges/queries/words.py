"""Words of badges: amounts, how far somebody is, and the names that notifications show."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hampa.badges.models import (
    ALL,
    ATTENDANCE,
    BETWEEN,
    COUNT,
    DISTANCE,
    DUTIES,
    HOURS,
    MONTH,
    STREAK,
    WEEK,
    WELCOMES,
    Badge,
    Criteria,
)
from hampa.notifications.models import Reference, Words
from hampa.platform.db import db
from hampa.platform.locale import dates, i18n, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext, ngettext, number, pgettext

METRIC_WORDS = {
    HOURS: lazy_pgettext("badge", "Hours of activities"),
    DISTANCE: lazy_pgettext("badge", "Kilometres of activities"),
    COUNT: lazy_pgettext("badge", "Activities"),
    STREAK: lazy_pgettext("badge", "Weeks in a row"),
    ATTENDANCE: lazy_pgettext("badge", "Runs with others"),
    DUTIES: lazy_pgettext("badge", "Duties done"),
    WELCOMES: lazy_pgettext("badge", "People at their first run"),
}
WINDOW_WORDS = {
    ALL: lazy_pgettext("badge", "Ever"),
    WEEK: lazy_pgettext("badge", "In one week"),
    MONTH: lazy_pgettext("badge", "In one month"),
    BETWEEN: lazy_pgettext("badge", "Between two days"),
}


def text_in_language(persian: str, english: str) -> str:
    """Return the text in the reader's language, or in the other one where it is empty."""
    return (persian or english) if i18n.get_locale_code() == "fa" else (english or persian)


def amount_in_words(metric: str, amount: int) -> str:
    """Return an amount, in the unit of the sums, with what it counts."""
    if metric == HOURS:
        return measures.duration(amount / 60)
    if metric == DISTANCE:
        return measures.distance(amount / 1_000)
    if metric == COUNT:
        return ngettext("%(num)d activity", "%(num)d activities", amount)
    if metric == STREAK:
        return ngettext("%(num)d week in a row", "%(num)d weeks in a row", amount)
    if metric == ATTENDANCE:
        return ngettext("%(num)d run with others", "%(num)d runs with others", amount)
    if metric == DUTIES:
        return ngettext("%(num)d duty", "%(num)d duties", amount)
    return ngettext("%(num)d person at their first run", "%(num)d people at their first run", amount)


def progress_in_words(metric: str, amount: int, target: int) -> str:
    """Return how far somebody is: “6 h of 10 h, 4 h to go”, “3 of 5 runs with others, 2 to go”."""
    left, goal = max(1, target - amount), amount_in_words(metric, target)
    if not amount:
        return _("%(left)s to go", left=goal)
    if metric in (HOURS, DISTANCE):
        values = {"done": amount_in_words(metric, amount), "left": amount_in_words(metric, left)}
        return _("%(done)s of %(all)s, %(left)s to go", all=goal, **values)
    return pgettext("counted", "%(done)s of %(all)s, %(left)s to go", done=number(amount), all=goal, left=number(left))


def window_in_words(criteria: Criteria) -> str:
    """Return when it has to come together."""
    if criteria.window == BETWEEN and criteria.since and criteria.until:
        return _("%(first)s to %(last)s", first=dates.date(criteria.since), last=dates.date(criteria.until))
    return str(WINDOW_WORDS[criteria.window])


def _badges(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the names of the badges that notifications are about."""
    query = select(Badge.id, Badge.name_fa, Badge.name_en).where(Badge.id.in_({one.subject_id for one in references}))
    names = {row.id: text_in_language(row.name_fa, row.name_en) for row in db.session.execute(query)}
    return {one.id: {"badge": names[one.subject_id]} for one in references if one.subject_id in names}


BADGE = Words(_badges, gone={"badge": _l("A badge that is gone")})
