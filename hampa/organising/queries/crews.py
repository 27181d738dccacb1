"""How many runs a crew has before it."""

import uuid

from sqlalchemy import func, select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run


def count_upcoming(crew_id: uuid.UUID) -> int:
    """Return how many runs of a crew are not cancelled and have not begun."""
    upcoming = Run.crew_id == crew_id, Run.cancelled_at.is_(None), Run.starts_at > clock.now()
    return db.session.scalar(select(func.count()).where(*upcoming)) or 0
