"""Setting the rules by which rosters are checked."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hampa.duties.models import LEADER, SCANNER
from hampa.duty_rosters.models import FILLED, LEADER_ALONE, QUALIFIED, RATIO, RosterRule
from hampa.duty_rosters.queries.owners import RosterOwner, coordinated_owner, is_of
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db

USUAL = (
    {"kind": FILLED, "role": LEADER, "people": 1, "per": None, "is_blocking": True},
    {"kind": LEADER_ALONE, "role": "", "people": 1, "per": None, "is_blocking": False},
    {"kind": QUALIFIED, "role": "", "people": 1, "per": None, "is_blocking": True},
    {"kind": RATIO, "role": SCANNER, "people": 1, "per": 50, "is_blocking": False},
)
"""The rules that most need: somebody leads and does nothing else, all are qualified, a scanner for fifty runners."""


def set_rule(
    coordinator: Person,
    owner: RosterOwner,
    *,
    kind: str,
    role: str = "",
    people: int = 1,
    per: int | None = None,
    is_blocking: bool = False,
) -> None:
    """Add a rule, or change the one of the same kind and role."""
    coordinated_owner(coordinator, owner.kind, owner.id)
    _store(owner, {"kind": kind, "role": role, "people": people, "per": per, "is_blocking": is_blocking}, replace=True)


def remove_rule(coordinator: Person, owner: RosterOwner, kind: str, role: str) -> None:
    """Remove the rule of a kind and role, if there is one."""
    coordinated_owner(coordinator, owner.kind, owner.id)
    ours = is_of(RosterRule, owner), RosterRule.kind == kind, RosterRule.role == role
    db.session.execute(delete(RosterRule).where(*ours))


def add_usual_rules(coordinator: Person, owner: RosterOwner) -> None:
    """Add the usual rules; those that there are stay as they are."""
    coordinated_owner(coordinator, owner.kind, owner.id)
    for rule in USUAL:
        _store(owner, rule, replace=False)


def _store(owner: RosterOwner, rule: dict[str, Any], *, replace: bool) -> None:
    now = clock.now()
    row = {"id": ids.new_id(), "created_at": now, "updated_at": now, **owner.ids, **rule}
    column = RosterRule.crew_id if owner.ids["crew_id"] else RosterRule.series_id
    target: dict[str, Any] = {
        "index_elements": [column, RosterRule.kind, RosterRule.role],
        "index_where": column.is_not(None),
    }
    query = insert(RosterRule).values(**row)
    changed = {name: rule[name] for name in ("people", "per", "is_blocking")} | {"updated_at": now}
    changed["version"] = RosterRule.version + 1
    if replace:
        query = query.on_conflict_do_update(**target, set_=changed)
    else:
        query = query.on_conflict_do_nothing(**target)
    db.session.execute(query)
