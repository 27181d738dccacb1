"""What the notifications' slow half does."""

from __future__ import annotations

from hampa.notifications import actions
from hampa.platform.db import db


def forget_old() -> None:
    """Let go of what nobody will read again, a batch at a time."""
    while actions.forget_old():
        db.session.commit()
    db.session.commit()
