"""What boards count of badges."""

from typing import Any

from sqlalchemy import exists, literal, or_, select

from hampa.badges.models import Badge, BadgeAward, BadgeCircle
from hampa.leaderboards.models.registry import BADGES, EVERYONE, PLAN, TIMES, Metric, Scope, register_metric
from hampa.platform.db import constants
from hampa.platform.locale.i18n import lazy_pgettext
from hampa.training.models import activities as circles


def badges(scope: Scope) -> Any:
    """Return the badges that people have, on the days on which they earned them.

    For everybody count those of the site that everybody sees, for a crew also its own and those that crews see, and on a
    plan those that are earned on it, unless their person alone sees them.
    """
    shown = {EVERYONE: (circles.EVERYONE,), PLAN: (circles.COMPANIONS, circles.CREW, circles.EVERYONE)}.get(
        scope.kind, (circles.CREW, circles.EVERYONE)
    )
    is_shown = exists().where(
        BadgeCircle.person_id == BadgeAward.person_id, BadgeCircle.visibility.in_(constants(*shown))
    )
    query: Any = select(BadgeAward.person_id, BadgeAward.earned_on.label("day"), literal(1).label("amount"))
    query = query.join(Badge, Badge.id == BadgeAward.badge_id).where(BadgeAward.revoked_at.is_(None), is_shown)
    if scope.kind == PLAN:
        return query.where(Badge.plan_id == scope.id)
    if scope.crew_id is not None:
        return query.where(or_(Badge.crew_id.is_(None), Badge.crew_id == scope.crew_id))
    return query.where(Badge.crew_id.is_(None)) if scope.kind == EVERYONE else None


register_metric(Metric(BADGES, lazy_pgettext("board", "Badges"), TIMES, 3, badges))
