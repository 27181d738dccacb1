"""The browsers that get a person's notifications."""

import uuid

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db

MOST_DEVICES = 20
"""Devices of a person; one more takes the place of the oldest."""


class PushSubscription(Record, Changing, db.Model):
    """A browser that takes notifications of the person who is signed in there, as long as that session lasts.

    `endpoint` is the address of its push service for it, and a secret: whoever has it can disturb the browser. `p256dh`
    and `auth` are the browser's key and secret, in base64url. `server_key` is the site's public key at that time: no
    other can send to it.
    """

    __tablename__ = "push_subscriptions"
    __table_args__ = (
        Index("ix_push_subscriptions_person_id_created_at", "person_id", "created_at", "id"),
        Index("ix_push_subscriptions_session_id", "session_id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    server_key: Mapped[str]
    user_agent: Mapped[str]
