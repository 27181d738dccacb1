"""Tables of challenges: what a crew takes on together, and who takes part."""

import datetime as dt
import uuid
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.row_versions import changes_with
from hampa.training.models.activities import KINDS

METRICS = TIME, DISTANCE, COUNT, ATTENDANCE, DUTIES = ("time", "distance", "count", "attendance", "duties")
"""What is counted: seconds and metres of activities, activities, and runs and duties of the crew."""
OF_ACTIVITIES = (TIME, DISTANCE, COUNT)
MODES = SUM, RANKING = ("sum", "ranking")
"""All work towards one target, or each for themselves."""
UNITS = {TIME: 3_600, DISTANCE: 1_000}
"""What one of the unit in which people say a target is in that of the table; 1 for others."""
LONGEST_NAME, LONGEST_DESCRIPTION, MOST_DAYS, MOST_TARGET = 100, 1_000, 366, 10**12
COUNTS_UNTIL = timedelta(hours=12)
"""How long after the last day what was done in time still counts once it is written down, or comes from a watch."""


class Challenge(Record, Changing, db.Model):
    """Something that a crew takes on from one day to another, both included, on the crew's clock.

    Activities count if members of the crew may see them, of one `kind` if that is set. `target` is that of a common sum.
    Whoever has the link with `token` may join, without being a member. From `finished_at` on, values are final.
    """

    __tablename__ = "challenges"
    __table_args__ = (
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_NAME}", name="name_length"),
        CheckConstraint(f"char_length(description) <= {LONGEST_DESCRIPTION}", name="description_length"),
        CheckConstraint(one_of("metric", METRICS), name="metric"),
        CheckConstraint(one_of("mode", MODES), name="mode"),
        CheckConstraint(f"kind = '' OR {one_of('kind', KINDS)}", name="kind"),
        CheckConstraint(f"(mode = '{SUM}') = (target IS NOT NULL)", name="has_target"),
        CheckConstraint(f"target BETWEEN 1 AND {MOST_TARGET}", name="target"),
        CheckConstraint(f"ends_on >= starts_on AND ends_on - starts_on < {MOST_DAYS}", name="days"),
        Index("ix_challenges_crew_id", "crew_id", "ends_on", "id"),
        Index("ix_challenges_author_id", "author_id"),
        Index("ix_challenges_unfinished", "ends_on", postgresql_where="finished_at IS NULL"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    metric: Mapped[str]
    mode: Mapped[str]
    kind: Mapped[str] = mapped_column(default="", server_default="")
    target: Mapped[int | None] = mapped_column(BigInteger)
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    token: Mapped[str | None] = mapped_column(unique=True)
    finished_at: Mapped[datetime | None]


class ChallengeEntry(Record, Changing, db.Model):
    """A person who takes part in a challenge, with what they have done; `final_rank` is set when it is over.

    Who did not come `by_link` takes part as long as they belong to the crew.

    `value` is in seconds, metres or times. The worker writes it when what the person did changes. `open_value` is that of
    it which everybody may see: what is told to who came by the link, and does not belong to the crew.
    """

    __tablename__ = "challenge_entries"
    __table_args__ = (
        UniqueConstraint("challenge_id", "person_id"),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("open_value >= 0", name="open_value"),
        Index("ix_challenge_entries_value", "challenge_id", "value", "id"),
        Index("ix_challenge_entries_person_id", "person_id", "challenge_id"),
    )

    challenge_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("challenges.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    by_link: Mapped[bool] = mapped_column(default=False, server_default="false")
    value: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    open_value: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    final_rank: Mapped[int | None]


ALL_ENTRIES = "challenge entries"
"""The name of a version that changes with statements that write entries of any challenges."""


def entries_version(challenge_id: uuid.UUID) -> str:
    """Return the name of the version of the entries of a challenge."""
    return f"{ALL_ENTRIES}:{challenge_id}"


changes_with(ChallengeEntry, lambda entry: entries_version(entry.challenge_id), for_all=ALL_ENTRIES)
