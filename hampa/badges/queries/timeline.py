"""The kind of entries of timelines that badges have: who earned one."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select

from hampa.badges.models import Badge, BadgeAward
from hampa.badges.queries.badges import is_shown_badge, shows_badges_to
from hampa.badges.queries.words import text_in_language
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_pgettext
from hampa.platform.statements import built_once, is_one_of
from hampa.timeline.models import EntryKind, TimelineEntry, Values, register

EARNED = "badge_earned"


def _is_shown(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that the person has the badge still, shows theirs to the viewer, who may know of it."""
    held = exists().where(
        *(BadgeAward.badge_id == TimelineEntry.subject_id, BadgeAward.person_id == TimelineEntry.person_id),
        *(BadgeAward.revoked_at.is_(None), Badge.id == BadgeAward.badge_id, is_shown_badge(viewer)),
    )
    return and_(held, shows_badges_to(viewer))


def _badges(_viewer: Person, ids: Sequence[uuid.UUID]) -> Values:
    rows = _names(list(ids))
    return {row.id: {"badge_id": row.id, "name": text_in_language(row.name_fa, row.name_en)} for row in rows}


@built_once
def _names(ids: list[uuid.UUID]) -> Any:
    return select(Badge.id, Badge.name_fa, Badge.name_en).where(is_one_of(Badge.id, ids))


register(EntryKind(EARNED, "badges", lazy_pgettext("timeline", "Badges"), _is_shown, _badges))
