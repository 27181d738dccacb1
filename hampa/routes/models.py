"""The table of routes."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.row_versions import changes_with
from hampa.runs.models.run import ALL_RUN_PAGES, page_version

REASONS = (
    *(
        "not_gpx",
        "packed",
        "kml",
        "broken",
        "harmful",
        "empty",
        "no_place",
        "too_short",
        "too_long",
        "too_many",
        "failed",
    ),
    *("tcx", "fit"),  # of files that were sent before these formats were read
)
"""Why a file was refused: keys of `forms.ROUTE_REASONS`."""
LEFT_OUT = ("points", "far", "heights", "waypoints", "routes", "swapped", "pieces")
"""What a count in `RunRoute.left_out` is of: each has a sentence in `forms.left_out_words`."""


class RunRoute(Record, Changing, db.Model):
    """The route of a run, as the worker read it from a file; at most one a run.

    `upload` names the file that waits to be read; `reason` says why the last file was refused, while the route before
    stays; `left_out` counts what was left out of the file, by `LEFT_OUT`. `gpx` names the GPX file that we wrote.
    `whole` holds outline, profile and waypoints for those who go. With `cut`, the others get only what is computed from the line
    without its hidden zones: `hidden` and the sums beside it. Until the worker has cut the line (`hidden_distance_m`
    is NULL then) they get nothing. The zones are those of the person who added the route.
    """

    __tablename__ = "run_routes"
    __table_args__ = (
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint(
            "(gpx IS NULL) = (distance_m IS NULL) AND (gpx IS NULL) = (whole IS NULL)", name="whole_or_nothing"
        ),
        Index("ix_run_routes_added_by_id", "added_by_id"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), unique=True)
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    cut: Mapped[bool] = mapped_column(default=False, server_default="false")
    upload: Mapped[str | None]
    reason: Mapped[str | None]
    gpx: Mapped[str | None]
    distance_m: Mapped[int | None]
    climb_m: Mapped[int | None]
    descent_m: Mapped[int | None]
    whole: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    hidden: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    hidden_distance_m: Mapped[int | None]
    hidden_climb_m: Mapped[int | None]
    hidden_descent_m: Mapped[int | None]
    left_out: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)

    @property
    def shown_distance_m(self) -> int | None:
        """Return the length that everybody may see, None until it is known."""
        return self.hidden_distance_m if self.cut else self.distance_m


changes_with(RunRoute, lambda row: page_version(row.run_id), for_all=ALL_RUN_PAGES)
