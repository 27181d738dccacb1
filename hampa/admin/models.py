"""The table of what happened on the site, by day."""

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db

COUNTS = ("signups", "runs", "joins", "messages", "sms")


class SiteDay(Record, Changing, db.Model):
    """How many people signed up, runs were published and joined, messages written, and SMS sent on a day of the site.

    They are counted when they happen: what is deleted later, or forgotten after some months, stays counted.
    """

    __tablename__ = "site_days"

    day: Mapped[dt.date] = mapped_column(unique=True)
    signups: Mapped[int] = mapped_column(default=0, server_default="0")
    runs: Mapped[int] = mapped_column(default=0, server_default="0")
    joins: Mapped[int] = mapped_column(default=0, server_default="0")
    messages: Mapped[int] = mapped_column(default=0, server_default="0")
    sms: Mapped[int] = mapped_column(default=0, server_default="0")
