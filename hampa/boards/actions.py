"""Making, renewing and ending boards."""

import uuid

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.boards.models import Board
from hampa.boards.queries import board_for
from hampa.duties.queries.schedules import Owner
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db

SERIALS = 30_000
"""The links of one board."""


def make_board(person: Person, owner: Owner) -> Board:
    """Make the board of a crew or a series that the person coordinates, or return the one that there is."""
    values = {"id": ids.new_id(), "crew_id": owner.crew_id, "series_id": owner.series_id, "author_id": person.id}
    db.session.execute(insert(Board).values(**values, created_at=clock.now()).on_conflict_do_nothing())
    of_owner = {"crew_id": owner.crew_id} if owner.crew_id else {"series_id": owner.series_id}
    return db.session.scalars(select(Board).filter_by(**of_owner)).one()


def renew_board(person: Person, board_id: uuid.UUID) -> Board:
    """Give a board a new link; the ones before show nothing any more. Raise NotFound."""
    board = board_for(person, board_id, lock=True)
    board.serial = board.serial % SERIALS + 1
    db.session.flush()
    return board


def end_board(person: Person, board_id: uuid.UUID) -> None:
    """Delete a board. Raise NotFound."""
    db.session.delete(board_for(person, board_id, lock=True))
    db.session.flush()
