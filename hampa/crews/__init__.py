"""Crews: groups of people who run together, with roles, ways in, and a log."""
