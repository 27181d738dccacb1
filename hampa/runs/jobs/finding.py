"""Runs follow the names of those who organise them."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.queue import job
from hampa.runs.actions import finding


@job("runs.follow_organiser")
def follow_organiser(person_id: uuid.UUID) -> None:
    """Let a person's runs be found by their new name or town. Doing it again changes nothing."""
    finding.follow_organiser(person_id)
    db.session.commit()


@job("runs.let_all_be_found", lease=timedelta(hours=1))
def let_all_be_found() -> None:
    """Work out for every run by what it is found: after a change of how that is worked out."""
    last: uuid.UUID | None = None
    while (last := finding.let_be_found_after(last)) is not None:
        db.session.commit()
        db.session.expunge_all()
    db.session.commit()
