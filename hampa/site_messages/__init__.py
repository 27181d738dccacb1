"""Messages of the operators to people of the site: drafted, counted, scheduled, paused and stopped."""
