"""Duties: schedules, the shifts that follow from them, and who does them."""
