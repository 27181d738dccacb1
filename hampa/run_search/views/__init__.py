"""Pages that find runs."""
