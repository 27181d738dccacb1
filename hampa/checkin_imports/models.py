"""Tables of files that were sent, and of the check-ins that came from one."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db

MOST_ROWS = 1_000
MOST_GROUPS = 20
LONGEST_GROUP = 100
TAKEN, DOUBLE, PRESENT = "taken", "double", "present"


class CheckInImport(Record, Changing, db.Model):
    """A file of check-ins: what could be read (`rows`), what not and why (`bad`), and where each group goes (`targets`).

    `targets` has the id of a crew, or "" for no crew, by the name of the group in the file. `report` is there from
    `done_at` on: how many were taken, and which were not.
    """

    __tablename__ = "check_in_imports"
    __table_args__ = (
        CheckConstraint(f"jsonb_array_length(rows) <= {MOST_ROWS}", name="rows"),
        CheckConstraint("(report IS NULL) = (done_at IS NULL)", name="done"),
        Index("ix_check_in_imports_person_id", "person_id"),
        Index("ix_check_in_imports_created_at", "created_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    rows: Mapped[list[Any]] = mapped_column(JSONB)
    bad: Mapped[list[Any]] = mapped_column(JSONB)
    targets: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    done_at: Mapped[datetime | None]


class ImportedCheckIn(Record, db.Model):
    """That a check-in came from a file: `source` names the row, so that it is taken once while the check-in is there."""

    __tablename__ = "imported_check_ins"
    __table_args__ = (
        UniqueConstraint("person_id", "source"),
        Index("ix_imported_check_ins_check_in_id", "check_in_id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    check_in_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_ins.id", ondelete="CASCADE"))
    source: Mapped[str]
