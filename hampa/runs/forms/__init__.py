"""Forms of runs."""
