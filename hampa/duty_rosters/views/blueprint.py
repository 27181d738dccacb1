"""The blueprint of rosters, and what its views share."""

import datetime as dt
import uuid

from flask import Blueprint

from hampa.duty_rosters.queries.owners import RosterOwner, roster_owner
from hampa.platform.errors import NotFound
from hampa.platform.web.session import me

blueprint = Blueprint("duty_rosters", __name__)


def owner_in(owner_kind: str, owner_id: uuid.UUID) -> RosterOwner:
    """Return the crew or the series that an address names. Raise NotFound."""
    return roster_owner(me(), owner_kind, owner_id)


def day_in(text: str) -> dt.date:
    """Return the day that an address names. Raise NotFound for another text."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
