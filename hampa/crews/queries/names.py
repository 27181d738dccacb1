"""The names of crews and the texts of notices, as notifications show them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hampa.crews.models import Crew, CrewNotice
from hampa.notifications.models import Reference, Words
from hampa.people.queries import is_not_shut_out
from hampa.platform.db import db


def _names(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the names of the crews that notifications are about."""
    query = select(Crew.id, Crew.name).where(Crew.id.in_({one.subject_id for one in references}))
    names = {row.id: row.name for row in db.session.execute(query)}
    return {one.id: {"crew": names[one.subject_id]} for one in references if one.subject_id in names}


def _texts(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the texts of notices, without those of authors who are shut out."""
    ids = {one.id: one.id_in("notice") for one in references}
    query = select(CrewNotice.id, CrewNotice.text).where(
        CrewNotice.id.in_(set(ids.values())), is_not_shut_out(CrewNotice.author_id)
    )
    texts = {row.id: row.text for row in db.session.execute(query)}
    return {reference: {"text": texts[notice]} for reference, notice in ids.items() if notice in texts}


CREW = Words(_names, gone={"crew": ""})
NOTICE = Words(_texts, gone={"text": ""})
