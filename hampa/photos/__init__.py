"""Covers and photos of runs."""
