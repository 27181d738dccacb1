"""Jobs of profiles."""

from __future__ import annotations

from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.jobs import job
from hampa.profile.actions import handles


@job("profile.forget_rested_handles", every=timedelta(hours=6))
def forget_rested_handles() -> None:
    """Let go of the user names whose rest is over."""
    handles.forget_rested()
    db.session.commit()
