"""Rosters: who does what on a day of a crew or a series, drafted, checked and published; the grid and the calendar."""
