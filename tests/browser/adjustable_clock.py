"""A site whose clock is set by hand: an evening and the morning after it in some seconds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from hampa.platform import clock

FOLDER = Path(__file__).with_name("adjusted_clock")


@dataclass
class AdjustableClock:
    """Sets the clock of the programs that were started with its `environment`; it goes on from there by itself."""

    file: Path
    latest: datetime = field(default_factory=clock.now)
    """Whatever the clock was set to so far is not after it."""

    def __post_init__(self) -> None:
        self.set(self.latest)

    @property
    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(FOLDER), "HAMPA_TEST_CLOCK": str(self.file)}

    def set(self, to: datetime) -> None:
        """Set the clock to a moment; readers get the old moment or the new one, never an empty file."""
        new = self.file.with_suffix(".new")
        new.write_text(str((to - clock.now()).total_seconds()))
        os.replace(new, self.file)
        self.latest = max(self.latest, to)

    def coming(self, weekday: int) -> date:
        """Return such a day, a week or more after all that was: stories on one site follow one another."""
        first = self.latest.date() + timedelta(weeks=1)
        return first + timedelta(days=(weekday - first.weekday()) % 7)
