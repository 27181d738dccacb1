"""Runs as rows of lists: of a participant, an organiser, and of what other lists are made."""
