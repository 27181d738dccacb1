"""Making and ending webhooks, and telling them of events."""
