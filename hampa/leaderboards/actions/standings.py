"""Choosing to stand on boards, or not."""

import uuid

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hampa.leaderboards.models.registry import CREW, EVERYONE, PLAN, Scope, ScopeKind, register_scope
from hampa.leaderboards.models.standings import Standing
from hampa.leaderboards.queries import scopes
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _


def choose_standing(person: Person, kind: ScopeKind, scope: Scope, *, stands: bool) -> None:
    """Let a person stand on the boards of a scope that is open to them, or not. Raise Refused where it is no choice."""
    if kind.stand is None:
        raise Refused(_("Everybody taking part is on the board."))
    kind.stand(person, scope, stands)


def _stand(person: Person, scope: Scope, stands: bool) -> None:
    row: dict[str, uuid.UUID | None] = {
        "person_id": person.id,
        "crew_id": scope.id if scope.kind == CREW else None,
        "plan_id": scope.id if scope.kind == PLAN else None,
    }
    if stands:
        made = insert(Standing).values(id=ids.new_id(), created_at=clock.now(), **row)
        db.session.execute(made.on_conflict_do_nothing(index_elements=["person_id", "crew_id", "plan_id"]))
        return
    same = [getattr(Standing, name).is_not_distinct_from(value) for name, value in row.items()]
    db.session.execute(delete(Standing).where(*same))


register_scope(
    ScopeKind(
        EVERYONE,
        scopes.everyone,
        scopes.find_everyone,
        scopes.seen_by_everyone,
        scopes.on_everyone,
        lambda _people: [None],
        lambda: [None],
        _stand,
        people_are_few=False,
    )
)
register_scope(
    ScopeKind(
        CREW,
        scopes.open_crew,
        scopes.find_crew,
        scopes.seen_by_crews,
        scopes.on_crew,
        scopes.crews_of,
        scopes.all_crews,
        _stand,
        people_are_few=True,
        page=("crews.show", "crew_id"),
    )
)
register_scope(
    ScopeKind(
        PLAN,
        scopes.open_plan,
        scopes.find_plan,
        scopes.seen_on_plan,
        scopes.on_plan,
        scopes.plans_of,
        scopes.all_plans,
        _stand,
        people_are_few=True,
        page=("training.plan", "plan_id"),
    )
)
