"""The words of notifications to organisers about people who join."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, tuple_

from hampa.notifications.models import Notification, Reference, Words
from hampa.people.models import Person
from hampa.people.queries import hidden_pairs
from hampa.platform.db import db
from hampa.runs.models.participation import Participation

MOST_GATHERED = 1_000
"""Of so many people at most one SMS tells."""


def _joined_together(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the last who joined (`name`) and how many `others`, since an SMS was first written.

    People who have left the run or the site since, or are hidden from the organiser, are left out; without anybody
    left the SMS is not true any more. Only SMS tell of several people.
    """
    since = {one.id: datetime.fromisoformat(one.data["since"]) for one in references if one.by_sms}
    by_sms = [one for one in references if one.id in since]
    found: dict[uuid.UUID, Mapping[str, Any]] = {one.id: {} for one in references if one.id not in since}
    if not by_sms:
        return found
    columns = Notification.person_id, Notification.subject_id, Notification.type, Notification.created_at
    about = [(one.person_id, one.subject_id) for one in by_sms]
    rows = db.session.execute(
        select(*columns, Person.id.label("joiner_id"), Person.name)
        .join(Person, Person.id == Notification.actor_id)
        .join(
            Participation,
            and_(
                Participation.run_id == Notification.subject_id,
                Participation.person_id == Notification.actor_id,
                Participation.status == Notification.data["status"].astext,
            ),
        )
        .where(
            tuple_(Notification.person_id, Notification.subject_id).in_(about),
            Notification.created_at >= min(since.values()),
            Person.state == "active",
        )
        .order_by(Notification.created_at.desc())
        .limit(MOST_GATHERED)
    ).all()
    hidden = hidden_pairs({row.joiner_id for row in rows}, {row.person_id for row in rows})
    for one in by_sms:
        names = [
            row.name
            for row in rows
            if (row.person_id, row.subject_id, row.type) == (one.person_id, one.subject_id, one.kind)
            and row.created_at >= since[one.id]
            and frozenset((row.joiner_id, row.person_id)) not in hidden
        ]
        if names:
            found[one.id] = {"name": names[0], "others": len(names) - 1}
    return found


JOINED = Words(_joined_together, gone={"others": 0})
"""All who joined a run, or asked to, since the first of whom an SMS tells: `name` and `others`."""
