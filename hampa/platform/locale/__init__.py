"""Languages, digits, calendars, time zones, phone numbers and measures."""
