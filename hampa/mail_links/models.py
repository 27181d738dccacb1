"""Links by mail, which sign in."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import clock
from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.security.user_agent import HasBrowser

LINK_LIFETIME = timedelta(minutes=15)
LINK_ENDINGS = ("used", "newer", "gone")
LINK_PURPOSES = ("sign_in", "password")


class MailLink(HasBrowser, Record, Changing, db.Model):
    """A link that was mailed to an address, good for one sign-in, or for a new password.

    A request for an address that nobody has verified is a row too, without a person, whose mail is never sent. The
    token is stored as a keyed hash, as is the secret of the browser that asked (`browser_hash`). `network` is the address
    that asked (of IPv6 the /64), `act` what was pressed by a visitor. `ended_as` is empty while the link can be used;
    `gone` is a link whose address was no longer that of the person.
    """

    __tablename__ = "mail_links"
    __table_args__ = (
        CheckConstraint(one_of("purpose", LINK_PURPOSES), name="purpose"),
        CheckConstraint(one_of("ended_as", LINK_ENDINGS), name="ended_as"),
        Index("ix_mail_links_address_created_at", "address", "created_at"),
        Index("ix_mail_links_created_at", "created_at"),
    )

    purpose: Mapped[str] = mapped_column(default="sign_in", server_default="sign_in")
    address: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    browser_hash: Mapped[str]
    network: Mapped[str]
    user_agent: Mapped[str] = mapped_column(default="", server_default="")
    next_path: Mapped[str] = mapped_column(default="/", server_default="/")
    act: Mapped[str] = mapped_column(default="", server_default="")
    expires_at: Mapped[datetime]
    ended_as: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    @property
    def state(self) -> str:
        """`open`, or why the link is invalid: `used`, `newer`, `gone` or `late`."""
        if self.ended_as:
            return self.ended_as
        return "open" if clock.now() < self.expires_at else "late"

    def end(self, ended_as: str) -> None:
        """Make the link invalid."""
        self.ended_as, self.ended_at = ended_as, clock.now()
