"""The kind of entries of timelines that crews have: who joined."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_pgettext
from hampa.platform.statements import built_once, is_one_of
from hampa.timeline.models import EntryKind, TimelineEntry, Values, register

JOINED = "crew_joined"


def _is_shown(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that both the viewer and the person of an entry are members of the crew now."""
    mine, theirs = aliased(CrewMembership), aliased(CrewMembership)
    return exists().where(
        *(mine.crew_id == TimelineEntry.subject_id, mine.person_id == viewer.id, mine.status == ACTIVE),
        *(theirs.crew_id == mine.crew_id, theirs.person_id == TimelineEntry.person_id, theirs.status == ACTIVE),
    )


def _crews(_viewer: Person, ids: Sequence[uuid.UUID]) -> Values:
    return {row.id: {"crew_id": row.id, "name": row.name} for row in _names(list(ids))}


@built_once
def _names(ids: list[uuid.UUID]) -> Any:
    return select(Crew.id, Crew.name).where(is_one_of(Crew.id, ids))


register(EntryKind(JOINED, "crews", lazy_pgettext("timeline", "Who joined crews"), _is_shown, _crews))
