"""Writing the weekly mail of coaches and athletes."""

import uuid
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert

from hampa.coaching.queries.weekly import KIND, TEMPLATE, people_due, weeks_of
from hampa.notifications.actions.notifying import notify
from hampa.outbox.models import PRIORITIES, OutboxMessage
from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.jobs.leases import db_now

STALE = timedelta(hours=12)


def write_weeks(after: uuid.UUID | None, size: int) -> uuid.UUID | None:
    """Write the mails that are due to `size` people after one, each once; return the last of these people."""
    now = clock.now()
    people = people_due(now, after, size)
    weeks = weeks_of([one.id for one in people], now) if people else {}
    rows = [
        {
            "kind": "mail",
            "purpose": KIND,
            "person_id": one.id,
            "recipient": one.email,
            "locale": one.locale,
            "template": TEMPLATE,
            "data": {},  # read when it is sent
            "key": one.key,
            "priority": PRIORITIES["bulk"],
            "next_attempt_at": db_now(),
            "expires_at": now + STALE,
        }
        for one in people
        if not weeks[one.id].is_empty
    ]
    if rows:
        made = insert(OutboxMessage).values(rows).on_conflict_do_nothing(index_elements=[OutboxMessage.key])
        written = db.session.execute(made.returning(OutboxMessage.person_id, OutboxMessage.key)).all()
        for row in written:
            notify([row.person_id], "coaching_week", subject_id=row.person_id, data={}, event=row.key, channels=())
        jobs.notify_workers(jobs.NORMAL)
    return people[-1].id if people else None
