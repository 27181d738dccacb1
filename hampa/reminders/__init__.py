"""Reminders of runs, the evening before and shortly before the start."""
