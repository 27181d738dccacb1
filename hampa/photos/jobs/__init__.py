"""Jobs of photos."""
