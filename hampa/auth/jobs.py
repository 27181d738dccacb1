"""The slow half of sign-in."""

from __future__ import annotations

from datetime import timedelta

from hampa.auth.actions import sessions
from hampa.platform import jobs
from hampa.platform.db import db


@jobs.job("auth.prune", every=timedelta(hours=1))
def prune() -> None:
    """Delete codes, tries, devices and sessions that count for nothing any more."""
    sessions.prune()
    db.session.commit()
