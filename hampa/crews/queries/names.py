"""The names of crews and the texts of notices, as notifications show them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hampa.crews.models import ACTIVE, Crew, CrewMembership, CrewNotice
from hampa.notifications.models import Reference, Words
from hampa.people.queries import is_not_shut_out
from hampa.platform.db import db


def _names(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the names of the crews that notifications are about."""
    query = select(Crew.id, Crew.name).where(Crew.id.in_({one.subject_id for one in references}))
    names = {row.id: row.name for row in db.session.execute(query)}
    return {one.id: {"crew": names[one.subject_id]} for one in references if one.subject_id in names}


def _texts(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the texts of notices to those who are in the crew, without those of authors who are shut out."""
    asked = {one.id: (one.id_in("notice"), one.person_id) for one in references}
    query = (
        select(CrewNotice.id, CrewMembership.person_id, CrewNotice.text)
        .join(CrewMembership, CrewMembership.crew_id == CrewNotice.crew_id)
        .where(
            CrewNotice.id.in_({notice for notice, _person in asked.values()}),
            CrewMembership.person_id.in_({person for _notice, person in asked.values()}),
            CrewMembership.status == ACTIVE,
            is_not_shut_out(CrewNotice.author_id),
        )
    )
    texts = {(row.id, row.person_id): row.text for row in db.session.execute(query)}
    return {one: {"text": texts[pair]} for one, pair in asked.items() if pair in texts}


CREW = Words(_names, gone={"crew": ""})
NOTICE = Words(_texts, gone={"text": ""})
