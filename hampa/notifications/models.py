"""What a person should know of, and the kinds of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db, one_of

RUN = ("title", "starts_at", "timezone", "place", "code")

DATA_OF = {
    "interest_received": ("name", "card", "line"),
    "interest_accepted": ("name", "interest"),
    "interest_ended": ("name", "card"),
    "run_handed_over": (*RUN, "name", "what"),
    "organiser_message": (*RUN, "name", "text"),
    "run_comment": (*RUN, "name", "line"),
    "run_joined": (*RUN, "name", "status"),
    "run_promoted": RUN,
    "run_offered": (*RUN, "until"),
    "run_requested": (*RUN, "name", "status"),
    "run_approved": (*RUN, "status"),
    "run_declined": RUN,
    "run_set": (*RUN, "status", "note"),
    "run_changed": (*RUN, "changes"),
    "run_cancelled": (*RUN, "reason"),
    "run_organiser": (*RUN, "name", "what"),
    "series_changed": (*RUN, "changes", "runs", "cancelled", "reason"),
    "run_reminder": (*RUN, "kind"),
    "home_safe": ("what", "expected_at", "contact"),
    "account_security": ("what",),
    "report_decided": (),
    "email_changed": ("what",),
    "contact_seen": (*RUN, "name"),
    "export_ready": (),
    "phone_changed": ("phone",),
}
"""The types, and what the words of each are made of: a snapshot of the moment it happened.

Of a run handed over `what` is received or given; of a message to all `text` is what an organiser wrote.

`name` is the actor's, `card` the card's title, `line` what came with an interest or was said, `starts_at` ISO 8601
with its offset, `code` the run's short code, `changes` the names of the columns that changed, `runs` how many
runs of a series changed or were `cancelled` (the first is the one told of), `until` when an offer ends,
`status` what somebody became, `note` the organiser's line to them, `what` the event
of the account: new_device (then with `browser` and `system`), wrong_codes or warned; of a co-organiser: added or
stepped_down.

Of a mail address `what` is added, changed or removed. `phone` is the new number (E.164).

`kind` of a reminder is evening or soon. `what` of home safe is nudge, ask, or told, namely the `contact`.
"""

TYPES = tuple(DATA_OF)
NAMING = tuple(kind for kind, data in DATA_OF.items() if "name" in data)
"""Those that say who did it: none for people who are hidden from each other. Of the others only the face is left out:
that a run is called off is to be known by whoever goes, whatever is between them and its organiser.
"""


class Notification(Record, db.Model):
    """One thing that one person should know: at most one row for a person and an event.

    `subject_id` is what it is about (an interest, a run, a device …; `type` says which), without a
    foreign key, since a notice outlives its subject. The words are made on reading, from `type` and
    `data`, in the reader's language. After `expires_at` it is not shown any more.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("event", "person_id"),
        CheckConstraint(one_of("type", TYPES), name="type"),
        Index("ix_notifications_person_id_created_at_id", "person_id", "created_at", "id"),
        Index("ix_notifications_unread", "person_id", postgresql_where="read_at IS NULL"),
        Index("ix_notifications_actor_id", "actor_id", postgresql_where="actor_id IS NOT NULL"),
        Index("ix_notifications_created_at", "created_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    type: Mapped[str]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    subject_id: Mapped[uuid.UUID]
    data: Mapped[dict[str, Any]]
    event: Mapped[str]
    read_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
