"""Reminders of check-ins by the clock, the nudge by hand, and the settings of both."""
