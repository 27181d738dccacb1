"""Routes of runs, read from GPX files."""
