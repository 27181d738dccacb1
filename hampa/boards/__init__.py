"""Boards for meeting points: who is on duty now, who is next, and who is missing."""
