"""Cleaning, formatting and searching of texts."""
