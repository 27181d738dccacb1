"""Writes of cards and interests."""
