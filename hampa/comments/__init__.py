"""Comments under runs."""
