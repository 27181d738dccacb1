"""Cards follow the names and towns of their owners."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hampa.cards.actions import search_index
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import enqueue, job

ONCE_MORE = timedelta(minutes=1)
"""No request lasts so long."""


@job("cards.follow_owner")
def follow_owner(person_id: uuid.UUID, again: bool = True) -> None:
    """Let a person's cards be found by their new name or town. Doing it again changes nothing.

    It is done again a little later, for what was being saved at this moment by who had read the name from before.
    """
    search_index.reindex_owner_cards(person_id)
    if again:
        enqueue("cards.follow_owner", at=clock.now() + ONCE_MORE, person_id=person_id, again=False)
    db.session.commit()


@job("cards.let_all_be_found", lease=timedelta(hours=1))
def let_all_be_found() -> None:
    """Work out for every card by what it is found: after a change of how that is worked out."""
    last: uuid.UUID | None = None
    while (last := search_index.reindex_batch(last)) is not None:
        db.session.commit()
        db.session.expunge_all()
    db.session.commit()
