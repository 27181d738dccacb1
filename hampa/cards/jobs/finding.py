"""Cards follow the towns of their owners."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hampa.cards.actions import finding
from hampa.platform.db import db
from hampa.platform.queue import job


@job("cards.follow_owner")
def follow_owner(person_id: uuid.UUID) -> None:
    """Let a person's cards be found by their new town. Doing it again changes nothing."""
    finding.follow_owner(person_id)
    db.session.commit()


@job("cards.let_all_be_found", lease=timedelta(hours=1))
def let_all_be_found() -> None:
    """Work out for every card by what it is found: after a change of how that is worked out."""
    last: uuid.UUID | None = None
    while (last := finding.let_be_found_after(last)) is not None:
        db.session.commit()
        db.session.expunge_all()
    db.session.commit()
