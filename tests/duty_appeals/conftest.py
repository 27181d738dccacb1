"""The crew and the day of duties of the tests of rosters."""

from __future__ import annotations

from tests.duty_rosters.conftest import SATURDAY, crew, duties, monday

__all__ = ["SATURDAY", "crew", "duties", "monday"]
