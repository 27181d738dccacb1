"""Questions about lists of runs."""
