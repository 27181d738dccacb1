"""A site whose clock is set by hand: an evening and the morning after it in some seconds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hampa.platform import clock

FOLDER = Path(__file__).with_name("adjusted_clock")


@dataclass(frozen=True)
class AdjustableClock:
    """Sets the clock of the programs that were started with its `environment`; it goes on from there by itself."""

    file: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(FOLDER), "HAMPA_TEST_CLOCK": str(self.file)}

    def set(self, to: datetime) -> None:
        """Set the clock to a moment; readers get the old moment or the new one, never an empty file."""
        new = self.file.with_suffix(".new")
        new.write_text(str((to - clock.now()).total_seconds()))
        os.replace(new, self.file)
