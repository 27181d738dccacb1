"""What members chose about check-ins: reminders, the default of sharing, and whether organisers may ask after them."""
