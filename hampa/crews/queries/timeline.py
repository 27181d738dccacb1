"""The kind of entries of timelines that crews have: who joined."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_pgettext
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
    rows = db.session.execute(select(Crew.id, Crew.name).where(Crew.id.in_(ids)))
    return {row.id: {"crew_id": row.id, "name": row.name} for row in rows}


register(EntryKind(JOINED, "crews", lazy_pgettext("timeline", "Who joined crews"), _is_shown, _crews))
