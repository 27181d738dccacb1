"""Accounts of people at the provider, and sign-ins that are under way there."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import clock
from hampa.platform.db import Changing, Record, db, one_of

FLOW_LIFETIME = timedelta(minutes=15)
"""How long a person has for signing in at the provider, and then again for what is left to do here."""
STAGES = ("started", "answered", "waits", "done")
FLOW_PURPOSES = ("sign_in", "link")


class OpenIdAccount(Record, db.Model):
    """A person's account at a provider, by which they sign in.

    The provider's `issuer` and its `subject` name the account for good; `email` is the address that the provider had
    verified when the two were linked, and signs nobody in by itself.
    """

    __tablename__ = "openid_accounts"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("person_id", "issuer"))

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    issuer: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str]
    last_used_at: Mapped[datetime | None]


class OpenIdFlow(Record, Changing, db.Model):
    """A sign-in at the provider, of one browser, which holds the secret of `browser_hash`.

    It is `started` until the provider's answer has come, which is taken once (`answered`). It `waits` when there is
    something left to do: to confirm a link to an account, or to give a number. The account at the provider is stored
    then. A `link` belongs to the person who asked for it, in one session.
    """

    __tablename__ = "openid_flows"
    __table_args__ = (
        CheckConstraint(one_of("purpose", FLOW_PURPOSES), name="purpose"),
        CheckConstraint(one_of("stage", STAGES), name="stage"),
        Index("ix_openid_flows_created_at", "created_at"),
    )

    purpose: Mapped[str]
    stage: Mapped[str] = mapped_column(default="started", server_default="started")
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    state_hash: Mapped[str] = mapped_column(unique=True)
    browser_hash: Mapped[str]
    next_path: Mapped[str]
    act: Mapped[str] = mapped_column(default="", server_default="")
    issuer: Mapped[str] = mapped_column(default="", server_default="")
    subject: Mapped[str] = mapped_column(default="", server_default="")
    email: Mapped[str] = mapped_column(default="", server_default="")
    expires_at: Mapped[datetime]

    @property
    def waits_since(self) -> datetime:
        """When the provider's answer was kept, of a sign-in that waits."""
        return self.expires_at - FLOW_LIFETIME

    def is_at(self, stage: str) -> bool:
        """Return whether the sign-in stands there, and is not too old."""
        return self.stage == stage and clock.now() < self.expires_at
