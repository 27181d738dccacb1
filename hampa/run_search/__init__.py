"""Search for runs: as a list, on a map and in a calendar."""
