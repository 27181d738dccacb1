"""Boards: that of everybody, those of crews and plans, and choosing to stand there."""

import uuid
from typing import Any

from flask import Response, request, url_for

from hampa.crews.models import Crew, CrewMembership
from hampa.leaderboards.actions.following import board_for
from hampa.leaderboards.actions.standings import choose_standing
from hampa.leaderboards.models.registry import CREW, EVERYONE, PLAN, Scope, ScopeKind
from hampa.leaderboards.queries.boards import kind_of, stands_on
from hampa.leaderboards.queries.periods import period_of
from hampa.leaderboards.queries.scores import metrics_of
from hampa.leaderboards.queries.standings import own_scopes
from hampa.leaderboards.views.blueprint import blueprint
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.paging import decode, encode
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.models.plans import PRIVATE, PlanMember, TrainingPlan


def on_crew(crew: Crew, membership: CrewMembership | None, **_values: Any) -> dict[str, Any] | None:
    """Return the way from the page of a crew to its boards, for its members."""
    if membership is None or not membership.is_active:
        return None
    return {"href": board_address(CREW, crew.id)}


def on_plan(plan: TrainingPlan, member: PlanMember | None, **_values: Any) -> dict[str, Any] | None:
    """Return the way from the page of a plan with members to its boards."""
    return (
        {"href": board_address(PLAN, plan.id)}
        if member is not None and member.belongs and plan.visibility != PRIVATE
        else None
    )


slots.fill(blueprint, "crew.top", "leaderboards/on_crew.html", on_crew)
slots.fill(blueprint, "plan.parts", "leaderboards/on_plan.html", on_plan)
slots.fill(blueprint, "training.links", "leaderboards/on_training.html")


def board_address(kind: str, scope_id: uuid.UUID | None, **values: Any) -> str:
    """Return the address of a board."""
    if scope_id is None:
        return url_for("leaderboards.everyone", **values)
    return url_for("leaderboards.board", scope=kind, scope_id=scope_id, **values)


@blueprint.get("/leaderboards")
@signed_in
def everyone() -> Response:
    """Show a board of everybody who chose to stand there."""
    return board_page(kind_of(EVERYONE), None)


@blueprint.get("/leaderboards/<scope>/<uuid:scope_id>")
@signed_in
def board(scope: str, scope_id: uuid.UUID) -> Response:
    """Show a board of a crew, a plan, or what else has boards."""
    return board_page(scoped(scope), scope_id)


def scoped(name: str) -> ScopeKind:
    """Return a kind of scope whose scopes have ids. Raise NotFound."""
    kind = kind_of(name)
    if kind.kind == EVERYONE:
        raise NotFound
    return kind


def board_page(kind: ScopeKind, scope_id: uuid.UUID | None) -> Response:
    """Render the board that the address names."""
    scope = kind.open_to(me(), scope_id)
    offered = metrics_of(scope)
    metric = next((one for one in offered if one.name == request.args.get("by")), offered[0])
    window = request.args.get("in", "")
    period = period_of(scope, window if window in scope.windows else scope.windows[0])
    (start,) = decode(request.args.get("after"), int) or (0,)
    shown = board_for(me(), kind, scope, metric, period, start)
    own = {(one.kind, one.id): one for one in own_scopes(me())}
    here = own.get((scope.kind, scope.id))
    return pages.render(
        "leaderboards/board.html",
        kind=kind,
        scope=scope,
        metric=metric,
        metrics=offered,
        period=period,
        windows=scope.windows,
        board=shown,
        start=start,
        next_page=encode(shown.next) if shown is not None and shown.next is not None else None,
        stands=here.stands if here is not None else kind.stand is not None and stands_on(me(), scope, kind),
        others=[one for one in own.values() if one.id not in (None, scope_id)],
        address=board_address,
        scope_place=kind.page[0] if kind.page else None,
        scope_page=_page_of(kind, scope),
    )


def _page_of(kind: ScopeKind, scope: Scope) -> str | None:
    if kind.page is None:
        return None
    endpoint, argument = kind.page
    values: dict[str, Any] = {argument: scope.id}
    return url_for(endpoint, **values)


@blueprint.post("/leaderboards/standing")
@signed_in
def stand_on_everyone() -> Response:
    """Choose to stand on the boards of everybody, or not."""
    return _stand(kind_of(EVERYONE), kind_of(EVERYONE).open_to(me(), None))


@blueprint.post("/leaderboards/<scope>/<uuid:scope_id>/standing")
@signed_in
def stand(scope: str, scope_id: uuid.UUID) -> Response:
    """Choose to stand on the boards of a crew or a plan, or not."""
    chosen = scoped(scope)
    return _stand(chosen, chosen.open_to(me(), scope_id))


def _stand(kind: ScopeKind, scope: Scope) -> Response:
    stands = request.form.get("stands") == "1"
    done = _("You'll be on this board in a moment.") if stands else _("You're no longer on this board.")
    with attempt(done=done):
        choose_standing(me(), kind, scope, stands=stands)
    return pages.redirect(board_address(scope.kind, scope.id))
