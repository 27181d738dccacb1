"""Writes of organisers."""
