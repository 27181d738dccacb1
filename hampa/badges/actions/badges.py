"""Making badges, changing and retiring them, and choosing who sees one's own."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from hampa.audit.actions import record_audit
from hampa.audit.models import AuditedAction, Subject, register_action, register_thing
from hampa.badges.actions.awarding import enqueue_check_of
from hampa.badges.actions.pictures import drop_pictures
from hampa.badges.models import MOST_OF_CREW, MOST_OF_SITE, Badge, BadgeCircle, Criteria, stored_criteria
from hampa.badges.queries.badges import managed_badge
from hampa.badges.queries.holders import is_held
from hampa.crews.models import Crew
from hampa.crews.queries.crews import admin_of, names_known_to, why_not_change
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.training.queries.plans import plan_for

MADE_A_DAY = 50
LOCK = "badges of the site"

register_thing("badge", _l("Badge"), endpoint="badges.badge", argument="badge_id")
MADE = register_action("badges.made", _l("Made a badge of the site"), thing="badge")
CHANGED = register_action("badges.changed", _l("Changed a badge of the site"), thing="badge")
RETIRED = register_action("badges.retired", _l("Retired a badge of the site"), thing="badge")
REVIVED = register_action("badges.revived", _l("Let a badge of the site be earned again"), thing="badge")
DELETED = register_action("badges.deleted", _l("Deleted a badge of the site"), thing="badge")


def make_badge(person: Person, crew_id: uuid.UUID | None, values: Mapping[str, Any], criteria: Criteria) -> Badge:
    """Make a badge of the site, or of a crew; the worker looks who has earned it already.

    Raise Forbidden, NotFound, TooFast, and Refused for a plan or crew that the person does not see, or for too many.
    """
    _check_maker(person, crew_id)
    limit(person, "badges.make", MADE_A_DAY, per="day", error=_too_many)
    _check_number(crew_id)
    badge = Badge(crew_id=crew_id, author_id=person.id, **values)
    _set_criteria(person, badge, criteria)
    db.session.add(badge)
    db.session.flush()
    _record(person, badge, MADE)
    enqueue_check_of(badge.id)
    return badge


def change_badge(person: Person, badge_id: uuid.UUID, values: Mapping[str, Any], criteria: Criteria | None) -> Badge:
    """Change a badge; what it asks for only as long as nobody has earned it. Raise as `make_badge` does."""
    badge = managed_badge(person, badge_id, lock=True)
    for name, value in values.items():
        setattr(badge, name, value)
    if criteria is not None and criteria != stored_criteria(badge.criteria):
        if is_held(badge.id):
            raise Refused(_("Somebody has earned this badge. Make another one that asks for more."), "threshold")
        _set_criteria(person, badge, criteria)
        enqueue_check_of(badge.id)
    db.session.flush()
    _record(person, badge, CHANGED)
    return badge


def retire_badge(person: Person, badge_id: uuid.UUID, *, is_retired: bool) -> Badge:
    """Let nobody earn a badge any more, or let them again; who has it keeps it. Raise Forbidden and NotFound."""
    badge = managed_badge(person, badge_id, lock=True)
    if is_retired != (badge.retired_at is not None):
        badge.retired_at = clock.now() if is_retired else None
        db.session.flush()
        _record(person, badge, RETIRED if is_retired else REVIVED)
        if not is_retired:
            enqueue_check_of(badge.id)
    return badge


def delete_badge(person: Person, badge_id: uuid.UUID) -> None:
    """Delete a badge that nobody has earned. Raise Refused for others, and for those of the first set."""
    badge = managed_badge(person, badge_id, lock=True)
    if badge.seed is not None or is_held(badge.id):
        raise Refused(_("Those who have a badge keep it. Retire it instead: then nobody can earn it any more."))
    drop_pictures(badge.id)
    _record(person, badge, DELETED)
    db.session.delete(badge)
    db.session.flush()


def choose_circle(person: Person, visibility: str) -> None:
    """Choose who sees the badges of a person."""
    now = clock.now()
    row = {"id": ids.new_id(), "person_id": person.id, "visibility": visibility, "created_at": now, "updated_at": now}
    made = insert(BadgeCircle).values(**row)
    changed = {"visibility": visibility, "updated_at": now, "version": BadgeCircle.version + 1}
    is_other = BadgeCircle.visibility != visibility
    db.session.execute(made.on_conflict_do_update(index_elements=[BadgeCircle.person_id], set_=changed, where=is_other))


def _record(person: Person, badge: Badge, action: AuditedAction) -> None:
    """Write into the audit log what an operator does with a badge of the site; those of crews are their own."""
    if badge.crew_id is None:
        record_audit(person, action, Subject(badge.id, badge.name_en or badge.name_fa))


def _check_maker(person: Person, crew_id: uuid.UUID | None) -> None:
    if crew_id is None:
        if not person.is_operator:
            raise Forbidden(_("Only operators of the site can make badges for everybody."))
        return
    if reason := why_not_change(admin_of(person, crew_id)):
        raise Forbidden(reason)


def _check_number(crew_id: uuid.UUID | None) -> None:
    """Raise Refused for one badge too many; who makes one waits for others who do."""
    if crew_id is None:
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(LOCK, 0))))
    else:
        db.session.execute(select(Crew.id).where(Crew.id == crew_id).with_for_update(key_share=True))
    owner = Badge.crew_id.is_(None) if crew_id is None else Badge.crew_id == crew_id
    count = db.session.scalar(select(func.count()).where(owner, Badge.retired_at.is_(None))) or 0
    if count >= (MOST_OF_SITE if crew_id is None else MOST_OF_CREW):
        raise Refused(_("That is enough badges. Retire one first."))


def _set_criteria(person: Person, badge: Badge, criteria: Criteria) -> None:
    if criteria.plan is not None and str(criteria.plan) != badge_plan(badge):
        try:
            plan_for(person, criteria.plan)
        except NotFound:
            raise Refused(_("Choose a plan that you see."), "plan") from None
    if criteria.crew is not None:
        if badge.crew_id is not None:
            raise Refused(_("A badge of a crew counts what happens in that crew."), "crew")
        if not names_known_to(person, [criteria.crew]):
            raise Refused(_("Choose a crew that you see."), "crew")
    badge.criteria = criteria.stored()
    badge.plan_id, badge.counted_crew_id = criteria.plan, criteria.crew


def badge_plan(badge: Badge) -> str | None:
    """Return the id of the plan that a badge counts on, as its criteria have it."""
    return (badge.criteria or {}).get("plan")


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You made many badges today. Try again tomorrow."), seconds)
