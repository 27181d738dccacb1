"""Reads of cards, interests and companions."""
