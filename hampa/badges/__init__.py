"""Badges: what people earn by showing up, and how far the next one is."""
