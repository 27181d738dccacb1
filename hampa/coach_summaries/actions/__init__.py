"""Writing, changing and approving summaries."""
