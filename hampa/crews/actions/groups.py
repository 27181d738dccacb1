"""Sub-groups of a crew: making and deleting them, and who is in them."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hampa.crews.actions.logging import log
from hampa.crews.models import CrewGroup, CrewGroupMember, CrewMembership
from hampa.crews.queries import crews as queries
from hampa.crews.queries.groups import MOST_GROUPS, GroupRow, group_in, groups_of
from hampa.crews.queries.members import other_member
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale.i18n import gettext as _, number


def create_group(person: Person, crew_id: uuid.UUID, *, name: str, kind: str, is_open: bool) -> uuid.UUID:
    """Create a sub-group, and return its id. Raise Forbidden, NotFound, and Refused for a name that is there already."""
    crew = queries.locked_crew(crew_id)
    queries.member_with(person, crew_id, "edit")
    if len(groups_of(crew_id)) >= MOST_GROUPS:
        raise Refused(_("A crew has %(most)s sub-groups at most.", most=number(MOST_GROUPS)))
    group = CrewGroup(crew_id=crew.id, name=name, kind=kind, is_open=is_open)
    with raise_if_taken("uq_crew_groups_name", _taken):
        db.session.add(group)
        db.session.flush()
    log(crew_id, "group", person, note=name)
    return group.id


def change_group(
    person: Person, crew_id: uuid.UUID, group_id: uuid.UUID, *, name: str, kind: str, is_open: bool
) -> None:
    """Change a sub-group. Raise Forbidden, NotFound, and Refused for a name that is there already."""
    queries.member_with(person, crew_id, "edit")
    group = group_in(crew_id, group_id)
    if (group.name, group.kind, group.is_open) == (name, kind, is_open):
        return
    with raise_if_taken("uq_crew_groups_name", _taken):
        group.name, group.kind, group.is_open = name, kind, is_open
        db.session.flush()
    log(crew_id, "group", person, note=name)


def delete_group(person: Person, crew_id: uuid.UUID, group_id: uuid.UUID) -> None:
    """Delete a sub-group with the notices to it; its members stay in the crew. Raise Forbidden and NotFound."""
    queries.member_with(person, crew_id, "edit")
    group = group_in(crew_id, group_id)
    log(crew_id, "group", person, note=group.name)
    db.session.delete(group)


def choose_groups(person: Person, crew_id: uuid.UUID, chosen: Collection[uuid.UUID]) -> None:
    """Put a member into those of the open sub-groups that they chose, and out of the others.

    Raise Forbidden for a closed crew, and NotFound for sub-groups that members don't choose.
    """
    membership = queries.member_of(person, crew_id)
    if reason := queries.why_not_change(membership):
        raise Refused(reason, "groups")
    _set_groups(membership, [group for group in groups_of(crew_id, membership.id) if group.is_open], chosen)


def put_into_groups(actor: Person, crew_id: uuid.UUID, person_id: uuid.UUID, chosen: Collection[uuid.UUID]) -> None:
    """Put another member into sub-groups, and out of all others. Raise Forbidden and NotFound."""
    queries.member_with(actor, crew_id, "edit")
    membership, _person = other_member(actor, crew_id, person_id)
    if not membership.is_active:
        raise NotFound
    if _set_groups(membership, groups_of(crew_id, membership.id), chosen):
        log(crew_id, "grouped", actor, person_id)


def _set_groups(membership: CrewMembership, groups: Sequence[GroupRow], chosen: Collection[uuid.UUID]) -> bool:
    """Put a member into the chosen ones of some sub-groups, and return whether that changes anything. Raise NotFound."""
    if set(chosen) - {group.id for group in groups}:
        raise NotFound
    # In one order, so that two who change the same sub-groups wait for each other and do not block each other.
    changed = sorted((group for group in groups if group.is_in != (group.id in chosen)), key=lambda group: group.id)
    for group in changed:
        if group.is_in:
            _delete(CrewGroupMember.group_id == group.id, CrewGroupMember.membership_id == membership.id)
        else:
            values = {"id": ids.new_id(), "group_id": group.id, "membership_id": membership.id}
            added = insert(CrewGroupMember).values(**values, created_at=clock.now())
            db.session.execute(added.on_conflict_do_nothing())
    return bool(changed)


def leave_groups(membership_id: uuid.UUID) -> None:
    """Take a member who is out of the crew out of its sub-groups."""
    _delete(CrewGroupMember.membership_id == membership_id)


def _delete(*conditions: object) -> None:
    statement = delete(CrewGroupMember).where(*conditions)  # type: ignore[arg-type]
    db.session.execute(statement.execution_options(synchronize_session=False))


def _taken() -> Refused:
    return Refused(_("The crew has a sub-group of this name."), "name")
