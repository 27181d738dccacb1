"""Questions about challenges."""
