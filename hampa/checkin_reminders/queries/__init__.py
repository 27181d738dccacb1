"""When reminders are due, and to whom."""
