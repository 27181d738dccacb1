"""Leaderboards: boards, the choice to stand on them, and flags of activities."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.leaderboards.actions import flags as actions
from hampa.leaderboards.actions.following import board_for
from hampa.leaderboards.actions.standings import choose_standing
from hampa.leaderboards.models.registry import EVERYONE, WEEK, WINDOWS, Scope, ScopeKind
from hampa.leaderboards.models.standings import FLAG_STATES, LONGEST_REASON, SHORTEST_REASON, ActivityFlag
from hampa.leaderboards.queries.boards import BoardRow, kind_of, stands_on
from hampa.leaderboards.queries.flags import FlagRow, flags_for
from hampa.leaderboards.queries.periods import period_of
from hampa.leaderboards.queries.scores import metrics_of
from hampa.platform.api.answers import Created
from hampa.platform.api.codes import Invalid
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging, Query
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("leaderboards", _l("Leaderboards"), scope="training")

Window = Annotated[str, OneOf(*WINDOWS)]
Words = Annotated[str, Field(min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]
FlagState = Annotated[str, OneOf(*FLAG_STATES)]


class BoardQuery(Query):
    """Which board, and from which row on: `by` is one of its `metrics`, the first by default."""

    by: str = Field("", max_length=20)
    window: Window = Field(WEEK, alias="in")
    start: int = Field(0, ge=0, le=10_000)


class StandingBody(Body):
    """Whether you stand on these boards."""

    stands: bool


class FlagBody(Body):
    """What makes the activity implausible."""

    reason: Words


class AppealBody(Body):
    """Why the activity is right."""

    words: Words


class DecisionBody(Body):
    """Whether the activity counts again, and a word to its person."""

    lifts: bool
    answer: str = Field("", max_length=LONGEST_REASON)


class BoardRowData(TypedDict):
    """Somebody on a board; whoever has as much shares a rank."""

    person: Summary
    score: int
    rank: int


class BoardData(TypedDict):
    """A board: twenty-five rows from `start` on, and you between your neighbours, if you stand there.

    Scores are seconds, metres or times, as `unit` says. `first` and `last` are its days, null where it has no end.
    `is_counted` is false while the board is being counted. `next` is where the next rows begin, null after the last.
    """

    scope: str
    scope_id: uuid.UUID | None
    metrics: list[str]
    by: str
    unit: str
    window: Window
    first: dt.date | None
    last: dt.date | None
    is_counted: bool
    total: int
    rows: list[BoardRowData]
    around: list[BoardRowData]
    rank: int | None
    next: int | None
    stands: bool


class StandingData(TypedDict):
    """Whether you stand on these boards."""

    stands: bool


class FlagData(TypedDict):
    """A flag of an activity, as its person sees it: who raised it is not said."""

    activity_id: uuid.UUID
    reason: str
    state: FlagState
    appeal: str
    answer: str
    created_at: datetime


class ListedFlagData(FlagData):
    """A flag that you raised or have to decide about, with what the activity was."""

    person: Summary
    kind: str
    day: dt.date
    duration_s: int
    distance_m: int | None


@resource.get("/leaderboards")
def read_leaderboard(query: BoardQuery) -> BoardData:
    """Return a board of everybody who chose to stand there."""
    return _board(kind_of(EVERYONE), None, query)


@resource.get("/leaderboards/<scope>/<uuid:scope_id>")
def read_scoped_leaderboard(scope: str, scope_id: uuid.UUID, query: BoardQuery) -> BoardData:
    """Return a board of a crew (`crew`), a plan (`plan`) or a challenge (`challenge`) of yours."""
    return _board(_scoped(scope), scope_id, query)


@resource.put("/leaderboards/standing")
def set_standing(body: StandingBody) -> StandingData:
    """Choose to stand on the boards of everybody, or not: at first you don't."""
    kind = kind_of(EVERYONE)
    return _stand(kind, kind.open_to(me(), None), stands=body.stands)


@resource.put("/leaderboards/<scope>/<uuid:scope_id>/standing")
def set_scoped_standing(scope: str, scope_id: uuid.UUID, body: StandingBody) -> StandingData:
    """Choose to stand on the boards of a crew or a plan of yours, or not: at first you don't.

    Whoever takes part in a challenge stands on its boards; that is no choice.
    """
    chosen = _scoped(scope)
    return _stand(chosen, chosen.open_to(me(), scope_id), stands=body.stands)


@resource.get("/leaderboards/flags")
def list_flags(query: Paging) -> Page[ListedFlagData]:
    """List the flags that you raised, and for operators those about which they have to decide."""
    return flags_for(me(), query.after, query.limit).of_rows(_listed)


@resource.get("/activities/<uuid:activity_id>/flag")
def read_flag(activity_id: uuid.UUID) -> FlagData:
    """Return the flag of an activity of yours. Without one this answers 404."""
    return _flag(actions.own_flag(me(), activity_id))


@resource.post("/activities/<uuid:activity_id>/flag")
def flag_activity(activity_id: uuid.UUID, body: FlagBody) -> Created[FlagData]:
    """Flag an activity as implausible, as a moderator of a crew or an operator: it counts on no board then."""
    made = actions.flag_activity(me(), activity_id, body.reason)
    return Created(_flag(made), f"/activities/{activity_id}/flag")


@resource.post("/activities/<uuid:activity_id>/flag/appeal")
def appeal_flag(activity_id: uuid.UUID, body: AppealBody) -> FlagData:
    """Say why an activity of yours is right, once."""
    return _flag(actions.appeal(me(), activity_id, body.words))


@resource.post("/activities/<uuid:activity_id>/flag/decision")
def decide_flag(activity_id: uuid.UUID, body: DecisionBody) -> FlagData:
    """Lift a flag, or as an operator uphold it."""
    return _flag(actions.decide(me(), activity_id, lifts=body.lifts, answer=body.answer))


def _scoped(name: str) -> ScopeKind:
    kind = kind_of(name)
    if kind.kind == EVERYONE:
        raise NotFound
    return kind


def _board(kind: ScopeKind, scope_id: uuid.UUID | None, query: BoardQuery) -> BoardData:
    scope = kind.open_to(me(), scope_id)
    offered = metrics_of(scope)
    metric = next((one for one in offered if one.name == (query.by or offered[0].name)), None)
    if metric is None:
        raise Invalid([("by", _("Choose one of these."))])
    period = period_of(scope, query.window if query.window in scope.windows else scope.windows[0])
    shown = board_for(me(), kind, scope, metric, period, query.start)
    return {
        "scope": scope.kind,
        "scope_id": scope.id,
        "metrics": [one.name for one in offered],
        "by": metric.name,
        "unit": metric.unit,
        "window": period.window,
        "first": period.first,
        "last": period.last,
        "is_counted": shown is not None,
        "total": shown.total if shown else 0,
        "rows": [_row(row) for row in shown.rows] if shown else [],
        "around": [_row(row) for row in shown.around] if shown and shown.own else [],
        "rank": shown.own.rank if shown and shown.own else None,
        "next": shown.next if shown else None,
        "stands": stands_on(me(), scope, kind),
    }


def _stand(kind: ScopeKind, scope: Scope, *, stands: bool) -> StandingData:
    choose_standing(me(), kind, scope, stands=stands)
    return {"stands": stands}


def _row(row: BoardRow) -> BoardRowData:
    return {"person": summary_as_data(row.person), "score": row.score, "rank": row.rank}


def _flag(flag: ActivityFlag | FlagRow) -> FlagData:
    return {name: getattr(flag, name) for name in FlagData.__annotations__}  # type: ignore[return-value]


def _listed(row: FlagRow) -> ListedFlagData:
    return {
        "activity_id": row.activity_id,
        "reason": row.reason,
        "state": row.state,
        "appeal": row.appeal,
        "answer": row.answer,
        "created_at": row.created_at,
        "person": summary_as_data(row.person),
        "kind": row.kind,
        "day": row.day,
        "duration_s": row.duration_s,
        "distance_m": row.distance_m,
    }
