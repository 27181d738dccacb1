"""Drafting, publishing and checking rosters."""
