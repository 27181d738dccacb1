"""The table of rules by which rosters are checked."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from hampa.duties.models import ROLES
from hampa.platform.db import Changing, Record, db, one_of

KINDS = FILLED, LEADER_ALONE, RATIO, QUALIFIED, TEAM = ("filled", "leader_alone", "ratio", "qualified", "team")
OF_A_ROLE = (FILLED, RATIO)
"""The kinds of rules that are about one role."""
MOST_NEEDED, MOST_PER = 500, 10_000


class RosterRule(Record, Changing, db.Model):
    """What has to be true of a day's roster of a crew or a series, or else is a warning, or keeps it from being published.

    `filled`: so many `people` have the `role`. `ratio`: so many for each `per` runners, or part of them. `team`: so many
    different people in all. `leader_alone`: who leads has no other role. `qualified`: all have the qualification that
    their duty needs.
    """

    __tablename__ = "roster_rules"
    __table_args__ = (
        CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name="belongs"),
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(
            f"CASE WHEN {one_of('kind', OF_A_ROLE)} THEN {one_of('role', ROLES)} ELSE role = '' END", name="role"
        ),
        CheckConstraint(f"people BETWEEN 1 AND {MOST_NEEDED}", name="people"),
        CheckConstraint(f"(kind = 'ratio') = (per IS NOT NULL) AND per BETWEEN 1 AND {MOST_PER}", name="per"),
        Index(
            "uq_roster_rules_crew_id", "crew_id", "kind", "role", unique=True, postgresql_where="crew_id IS NOT NULL"
        ),
        Index(
            "uq_roster_rules_series_id",
            "series_id",
            "kind",
            "role",
            unique=True,
            postgresql_where="series_id IS NOT NULL",
        ),
    )

    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    series_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    kind: Mapped[str]
    role: Mapped[str] = mapped_column(default="", server_default="")
    people: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    per: Mapped[int | None] = mapped_column(SmallInteger)
    is_blocking: Mapped[bool] = mapped_column(default=False, server_default="false")
