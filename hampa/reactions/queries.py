"""Comments on entries: who may remove one, and the words of notifications."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.people.queries import is_not_shut_out
from hampa.platform.db import db, scalar_or_404
from hampa.platform.errors import Forbidden
from hampa.timeline.models import TimelineComment
from hampa.timeline.queries import entry_for


def _text_of_comment(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the texts of comments; those of authors who are shut out are gone."""
    ids = {one.id_in("comment") for one in references} - {None}
    shown = select(TimelineComment.id, TimelineComment.text).where(
        TimelineComment.id.in_(ids), is_not_shut_out(TimelineComment.author_id)
    )
    texts = {row.id: row.text for row in db.session.execute(shown)}
    return {one.id: {"line": texts[key]} for one in references if (key := one.id_in("comment")) in texts}


ENTRY_COMMENT = Words(_text_of_comment, gone={"line": ""})
"""The text of a comment (`line`)."""


def removable_comment(person: Person, entry_id: uuid.UUID, comment_id: uuid.UUID) -> TimelineComment:
    """Return a comment of the person, or one on an entry of theirs. Raise NotFound and Forbidden."""
    query = select(TimelineComment).where(TimelineComment.id == comment_id, TimelineComment.entry_id == entry_id)
    own = db.session.scalar(query.where(TimelineComment.author_id == person.id))
    if own is not None:
        return own
    entry = entry_for(person, entry_id)
    comment = scalar_or_404(query)
    if entry.person.id != person.id:
        raise Forbidden
    return comment
