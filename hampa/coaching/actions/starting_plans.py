"""Plans to begin a template with, by common practice of training, in the words of the coach's language.

Most of it is easy, one run a week is longer, it grows by about a tenth, each fourth week is lighter, and the last one or
two before the race are shorter.
"""

from collections.abc import Callable, Sequence
from typing import Any

from hampa.platform import ids
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, number
from hampa.training.models.activities import RUN

Rows = tuple[list[dict[str, Any]], list[dict[str, Any]]]
"""Sessions and milestones as a template has them."""

FIRST_5K, TEN_K, HALF = "first_5k", "10k", "half"
STARTING_WORDS = {
    FIRST_5K: _l("The first 5 kilometres, in 8 weeks"),
    TEN_K: _l("10 kilometres, in 8 weeks"),
    HALF: _l("A half marathon, in 12 weeks"),
}

EASY, STEADY, HARD, RACE = 3, 4, 7, 9
"""Efforts of 10."""
MINUTE = 60
WALK_ENDS, WARM_UP, COOL_DOWN = 10, 15, 10
"""Minutes around what a session is about."""

# Of each week, from the first one to that of the race.
RUN_AND_WALK = ((8, 1, 2), (7, 2, 2), (6, 3, 2), (5, 4, 2), (4, 6, 2), (3, 9, 2), (2, 14, 2), (2, 8, 2))
"""How often, minutes of running, and minutes of walking."""
TEN_EASY = (5, 5, 6, 4, 6, 6, 5, 4)
TEN_QUICK = (4, 5, 6, 4, 6, 6, 4, 3)
"""How often three minutes are run quickly."""
TEN_LONG = (6, 7, 8, 6, 9, 10, 7)
HALF_EASY = (6, 6, 7, 5, 7, 8, 8, 6, 8, 8, 6, 5)
HALF_TEMPO = (15, 15, 20, 15, 20, 20, 25, 15, 25, 30, 20, 10)
"""Minutes at an even, brisk pace."""
HALF_SHORT = (5, 5, 5, 4, 6, 6, 6, 5, 6, 6, 4, 3)
HALF_LONG = (10, 11, 12, 9, 13, 15, 16, 12, 18, 19, 12)


def starting_rows(name: str) -> Rows:
    """Return the sessions and milestones of one of `STARTING_WORDS`."""
    sessions, milestones = _PLANS[name]()
    return (
        [{"id": str(ids.new_id()), **one} for one in sorted(sessions, key=lambda one: -one["before"])],
        [{"id": str(ids.new_id()), **one} for one in milestones],
    )


def _first_5k() -> Rows:
    sessions = [_race(5_000)]
    for to_race, (times, run, walk) in _counted(RUN_AND_WALK):
        text = _(
            "Walk 5 minutes. Then %(times)s times: run %(run)s min so slowly that you could talk, walk %(walk)s min. "
            "Walk 5 minutes to end.",
            times=number(times),
            run=number(run),
            walk=number(walk),
        )
        minutes = WALK_ENDS + times * (run + walk)
        sessions += [_session(to_race, day, EASY, text, minutes=minutes) for day in (5, 3, 0) if to_race or day]
    return sessions, []


def _ten_k() -> Rows:
    sessions = [_race(10_000)]
    sessions += [_session(week, 5, EASY, _easy(), km=km) for week, km in _counted(TEN_EASY)]
    for week, times in _counted(TEN_QUICK):
        text = _(
            "15 minutes easy. Then %(times)s times: 3 min quick, 2 min at a jog. 10 minutes easy to end.",
            times=number(times),
        )
        sessions.append(_session(week, 3, HARD, text, minutes=WARM_UP + 5 * times + COOL_DOWN))
    sessions += [_session(week + 1, 0, STEADY, _long(), km=km) for week, km in _counted(TEN_LONG)]
    return sessions, [_longest(TEN_LONG)]


def _half() -> Rows:
    sessions = [_race(21_100)]
    sessions += [_session(week, 5, EASY, _easy(), km=km) for week, km in _counted(HALF_EASY)]
    for week, minutes in _counted(HALF_TEMPO):
        text = _(
            "15 minutes easy. Then %(minutes)s min even and brisk: short sentences, no more. 10 minutes easy to end.",
            minutes=number(minutes),
        )
        sessions.append(_session(week, 3, HARD, text, minutes=WARM_UP + minutes + COOL_DOWN))
    sessions += [_session(week, 2, EASY, _easy(), km=km) for week, km in _counted(HALF_SHORT)]
    sessions += [_session(week + 1, 0, STEADY, _long(), km=km) for week, km in _counted(HALF_LONG)]
    return sessions, [_longest(HALF_LONG)]


_PLANS: dict[str, Callable[[], Rows]] = {FIRST_5K: _first_5k, TEN_K: _ten_k, HALF: _half}


def _counted(values: Sequence[Any]) -> list[tuple[int, Any]]:
    """Return values with so many weeks before the last of them."""
    return [(len(values) - 1 - place, value) for place, value in enumerate(values)]


def _session(
    week: int, day: int, effort: int, text: str, *, km: float | None = None, minutes: int | None = None
) -> dict[str, Any]:
    return {
        "before": 7 * week + day,
        "kind": RUN,
        "distance_m": round(km * 1_000) if km else None,
        "duration_s": minutes * MINUTE if minutes else None,
        "effort": effort,
        "text": text,
    }


def _race(metres: int) -> dict[str, Any]:
    return _session(0, 0, RACE, _("The day itself. Begin slower than you would like to."), km=metres / 1_000)


def _easy() -> str:
    return _("Easy: you could talk all the way.")


def _long() -> str:
    return _("Long and easy. Walk for a minute whenever it gets too much.")


def _longest(kilometres: Sequence[int]) -> dict[str, Any]:
    """Return the milestone of the longest run, the last of the week with the most kilometres."""
    week = len(kilometres) - kilometres.index(max(kilometres))
    return {"before": 7 * week, "name": _("The longest run")}
