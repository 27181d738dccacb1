"""Export and erasure of a person's badges."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update

from hampa.badges.models import Badge, BadgeAward, BadgeCheck, BadgeCircle, BadgeElsewhere, BadgeProgress
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(BadgeAward.person_id, noun="badges", fate="delete")
privacy_registry.holds(BadgeAward.revoked_by_id, noun="badges_taken", fate="empty")
privacy_registry.holds(BadgeElsewhere.person_id, noun="badges_elsewhere", fate="delete")
privacy_registry.holds(BadgeCircle.person_id, noun="badge_circle", fate="delete")
privacy_registry.holds(Badge.author_id, noun="badges_made", fate="empty")
privacy_registry.holds(
    BadgeCheck.person_id,
    left_out="a note for the worker that something changed, for a minute",
    fate="delete",
    last=True,
)
privacy_registry.holds(
    BadgeProgress.person_id, left_out="sums of activities, runs and duties, which are there themselves", fate="delete"
)


@privacy_registry.exports("badges", _l("Badges that you earned"))
def export_badges(person: Person) -> Iterable[dict[str, Any]]:
    """Return the badges with the day on which each was earned; `reason` is why one was taken from you by hand."""
    query = (
        select(
            BadgeAward.badge_id,
            Badge.name_fa,
            Badge.name_en,
            Badge.criteria,
            BadgeAward.earned_on,
            BadgeAward.awarded_at,
            BadgeAward.revoked_at,
            BadgeAward.by_hand,
            BadgeAward.reason,
        )
        .join(Badge, Badge.id == BadgeAward.badge_id)
        .where(BadgeAward.person_id == person.id)
    )
    return privacy_registry.rows_in_order(query, BadgeAward)


@privacy_registry.exports("badges_elsewhere", _l("Badges that you earned on another Hampa"))
def export_brought(person: Person) -> Iterable[dict[str, Any]]:
    """Return the badges that came with a copy, as it named them; `badge_id` is the id there."""
    query = select(
        BadgeElsewhere.reference.label("badge_id"),
        BadgeElsewhere.name_fa,
        BadgeElsewhere.name_en,
        BadgeElsewhere.earned_on,
        BadgeElsewhere.site,
        BadgeElsewhere.created_at,
    ).where(BadgeElsewhere.person_id == person.id)
    return privacy_registry.rows_in_order(query, BadgeElsewhere)


@privacy_registry.exports("badge_circle", _l("Who sees your badges"))
def export_circle(person: Person) -> Iterable[dict[str, Any]]:
    """Return who sees the badges of the person, if they chose."""
    return privacy_registry.rows_of(person, BadgeCircle.person_id, "visibility created_at updated_at")


@privacy_registry.exports("badges_made", _l("Badges that you made"))
def export_made(person: Person) -> Iterable[dict[str, Any]]:
    """Return the badges that the person made for the site or for a crew."""
    columns = "id crew_id name_fa name_en description_fa description_en drawing criteria created_at retired_at"
    return privacy_registry.rows_of(person, Badge.author_id, columns)


@privacy_registry.exports("badges_taken", _l("Badges that you took from others"))
def export_taken(person: Person) -> Iterable[dict[str, Any]]:
    """Return which badges the person took and why, without from whom."""
    return privacy_registry.rows_of(person, BadgeAward.revoked_by_id, "badge_id revoked_at reason")


@privacy_registry.erases
def forget_reasons(person: Person) -> None:
    """Empty the reasons that the person wrote when they took badges from others."""
    theirs = update(BadgeAward).where(BadgeAward.revoked_by_id == person.id).values(reason="")
    db.session.execute(theirs.execution_options(synchronize_session=False))
