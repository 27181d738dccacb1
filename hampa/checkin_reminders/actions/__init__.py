"""Sending reminders, and nudging."""
