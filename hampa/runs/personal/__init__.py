"""Runs of a person: what is given to them, and what is forgotten."""
