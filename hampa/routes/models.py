"""The table of routes."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of

REASONS = ("not_gpx", "tcx", "kml", "fit", "broken", "harmful", "empty", "too_short", "too_long", "failed")
"""Why a file was refused: keys of `forms.ROUTE_REASONS`."""


class RunRoute(Record, Changing, db.Model):
    """The route of a run, as the worker read it from a GPX file; at most one a run.

    `upload` names the file that waits to be read; `reason` says why the last file was refused, while the route before
    stays. `gpx` names the GPX file that we wrote. `whole` holds outline and profile for those who go, `hidden` the same
    without the surroundings of start and end (`platform.geo.course`). With `cut`, the others get only `hidden`.
    """

    __tablename__ = "run_routes"
    __table_args__ = (
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint(
            "(gpx IS NULL) = (distance_m IS NULL) AND (gpx IS NULL) = (whole IS NULL)"
            " AND (gpx IS NULL) = (hidden IS NULL)",
            name="whole_or_nothing",
        ),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), unique=True)
    cut: Mapped[bool] = mapped_column(default=False, server_default="false")
    upload: Mapped[str | None]
    reason: Mapped[str | None]
    gpx: Mapped[str | None]
    distance_m: Mapped[int | None]
    climb_m: Mapped[int | None]
    descent_m: Mapped[int | None]
    whole: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    hidden: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
