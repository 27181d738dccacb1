"""What trends mean in words: each sentence names the numbers that it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext, ngettext, number
from hampa.trends.queries.trends import MEASURES, OwnTrend, Point

RECENT = 3
"""Answers that make a drift, if all of them are on the same side: one bad week is none."""
FEWEST_USUAL, MOST_USUAL = 4, 6
"""Answers before the recent ones that say what is usual."""
DRIFT = 1.0
"""What a scale differs from the usual at least to be told; the score, which is a sum, twice that."""
TOGETHER = 4
"""Periods in which a person and their crew have numbers, before they are compared."""

MEASURE_WORDS = {
    "score": lazy_pgettext("check-in", "Score"),
    "productive": lazy_pgettext("check-in", "Done"),
    "satisfied": lazy_pgettext("check-in", "Happy"),
    "body": lazy_pgettext("check-in", "Body"),
    "care": lazy_pgettext("check-in", "Cares"),
}
MINE = {
    ("score", True): _l("Your score goes up."),
    ("score", False): _l("Your score goes down."),
    ("productive", True): _l("You get more done than usual."),
    ("productive", False): _l("You get less done than usual."),
    ("satisfied", True): _l("You are happier with it than usual."),
    ("satisfied", False): _l("You are less happy with it than usual."),
    ("body", True): _l("Your body feels better than usual."),
    ("body", False): _l("Your body feels worse than usual."),
    ("care", True): _l("More than usual is weighing on you."),
    ("care", False): _l("Less than usual is weighing on you."),
}
USUAL = _l("Everything is as usual for you.")
THEIRS = {
    ("score", True): _l("The crew's score goes up."),
    ("score", False): _l("The crew's score goes down."),
    ("productive", True): _l("The crew gets more done than usual."),
    ("productive", False): _l("The crew gets less done than usual."),
    ("satisfied", True): _l("The crew is happier with it than usual."),
    ("satisfied", False): _l("The crew is less happy with it than usual."),
    ("body", True): _l("The crew's bodies feel better than usual."),
    ("body", False): _l("The crew's bodies feel worse than usual."),
    ("care", True): _l("More than usual is weighing on the crew."),
    ("care", False): _l("Less than usual is weighing on the crew."),
}


@dataclass(frozen=True, slots=True)
class Insight:
    """A sentence about a measure ("" for participation), with its numbers by name.

    `kind` is "up", "down", "steady", "once" (one week that is unlike the others), "early" (too few answers to tell),
    "weeks" (checked in), "streak", "answers" (of a crew) or "beside" (a person's and their crew's).
    """

    kind: str
    measure: str
    text: str
    numbers: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """The mean of the recent answers, and of the `before` ones that say what is usual."""

    recent: float
    usual: float
    before: int
    is_drift: bool


def least_of(measure: str) -> float:
    """Return what a difference of a measure is at least."""
    return 2 * DRIFT if measure == "score" else DRIFT


def change_of(points: Sequence[Point], measure: str) -> Change | None:
    """Return how the latest answers differ from the four to six before, None if there are too few.

    A drift is larger than what is usual from one answer to the next, and all recent answers share it.
    """
    values = [point.value(measure) for point in points]
    recent, before = values[-RECENT:], values[:-RECENT][-MOST_USUAL:]
    if len(before) < FEWEST_USUAL:
        return None
    usual = fmean(before)
    difference = fmean(recent) - usual
    together = all(value > usual for value in recent) or all(value < usual for value in recent)
    is_drift = together and abs(difference) >= max(least_of(measure), pstdev(before))
    return Change(round(fmean(recent), 1), round(usual, 1), len(before), is_drift)


def own_insights(trend: OwnTrend) -> list[Insight]:
    """Return what a person's own weeks say."""
    insights = _drifts(trend.weeks, MINE, weekly=True) or _without_drift(trend.weeks)
    if trend.of_weeks:
        come, of_weeks = len(trend.weeks), trend.of_weeks
        words = ngettext(
            "You checked in in %(come)s of the last %(num)d week.",
            "You checked in in %(come)s of the last %(num)d weeks.",
            of_weeks,
            come=number(come),
        )
        insights.append(Insight("weeks", "", words, (("weeks", come), ("of_weeks", of_weeks))))
    for streak in trend.streaks:
        insights.append(Insight("streak", "", _streak(streak.crew, streak.periods), (("periods", streak.periods),)))
    return insights


def _streak(crew: str, periods: int) -> str:
    return ngettext(
        "You checked in with %(crew)s %(num)d time in a row.",
        "You checked in with %(crew)s %(num)d times in a row.",
        periods,
        crew=f"\u2068{crew}\u2069",
    )


def _drifts(points: Sequence[Point], words: dict[tuple[str, bool], Any], *, weekly: bool) -> list[Insight]:
    changes = [(measure, change_of(points, measure)) for measure in MEASURES]
    return [
        Insight(
            "up" if change.recent > change.usual else "down",
            measure,
            f"{words[measure, change.recent > change.usual]} {_averages(measure, change, weekly=weekly)}",
            _numbers(change),
        )
        for measure, change in changes
        if change is not None and change.is_drift
    ]


def _averages(measure: str, change: Change, *, weekly: bool) -> str:
    values = {
        "measure": MEASURE_WORDS[measure],
        "recent": number(change.recent, 1),
        "usual": number(change.usual, 1),
        "latest": number(RECENT),
    }
    if weekly:
        return ngettext(
            "%(measure)s on average: %(recent)s in the last %(latest)s weeks, %(usual)s in the %(num)d week before.",
            "%(measure)s on average: %(recent)s in the last %(latest)s weeks, %(usual)s in the %(num)d weeks before.",
            change.before,
            **values,
        )
    return ngettext(
        "%(measure)s on average: %(recent)s the last %(latest)s times, %(usual)s the %(num)d time before.",
        "%(measure)s on average: %(recent)s the last %(latest)s times, %(usual)s the %(num)d times before.",
        change.before,
        **values,
    )


def _numbers(change: Change) -> tuple[tuple[str, float], ...]:
    return (("recent", change.recent), ("latest", RECENT), ("usual", change.usual), ("before", change.before))


def _without_drift(weeks: Sequence[Point]) -> list[Insight]:
    change = change_of(weeks, "score")
    if change is None:
        return [_early(len(weeks))]
    last = weeks[-1].value("score")
    if abs(last - change.usual) >= 2 * least_of("score"):
        words = _(
            "Your last score was %(last)s; about %(usual)s is usual for you. One week says little.",
            last=number(last, 1),
            usual=number(change.usual, 1),
        )
        return [Insight("once", "score", words, (("last", last), ("usual", change.usual)))]
    words = f"{USUAL} {_averages('score', change, weekly=True)}"
    return [Insight("steady", "score", words, _numbers(change))]


def _early(count: int) -> Insight:
    least = RECENT + FEWEST_USUAL
    words = ngettext(
        "Your trend begins after %(least)s weeks with a check-in: %(num)d is there.",
        "Your trend begins after %(least)s weeks with a check-in: %(num)d are there.",
        count,
        least=number(least),
    )
    return Insight("early", "", words, (("weeks", count), ("least", least)))


def crew_insights(points: Sequence[Point]) -> list[Insight]:
    """Return what the numbers of a crew say."""
    insights = _drifts(points, THEIRS, weekly=False)
    if points:
        last = points[-1]
        words = ngettext(
            "At least %(answers)s of %(num)d member counted last time.",
            "At least %(answers)s of %(num)d members counted last time.",
            last.members,
            answers=number(last.answers),
        )
        insights.append(Insight("answers", "", words, (("answers", last.answers), ("members", last.members))))
    return insights


def insights_beside(pairs: Sequence[tuple[Point, Point | None]]) -> list[Insight]:
    """Return where a person differs from their crew, over the periods in which both have numbers."""
    both = [(crew, mine) for crew, mine in pairs if mine is not None]
    if len(both) < TOGETHER:
        return []
    insights = []
    for measure in MEASURES:
        mine = round(fmean(own.value(measure) for _crew, own in both), 1)
        theirs = round(fmean(crew.value(measure) for crew, _own in both), 1)
        if abs(mine - theirs) >= least_of(measure) or measure == "score":
            numbers = (("mine", mine), ("crew", theirs), ("periods", len(both)))
            insights.append(Insight("beside", measure, _beside(measure, mine, theirs, len(both)), numbers))
    return insights


def _beside(measure: str, mine: float, theirs: float, periods: int) -> str:
    return ngettext(
        "%(measure)s on average: %(mine)s for you, %(crew)s for your crew, in %(num)d check-in.",
        "%(measure)s on average: %(mine)s for you, %(crew)s for your crew, in %(num)d check-ins.",
        periods,
        measure=MEASURE_WORDS[measure],
        mine=number(mine, 1),
        crew=number(theirs, 1),
    )
