"""Writes of conversations and messages."""
