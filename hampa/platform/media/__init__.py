"""Stored files, pictures and drawings."""
