"""Signing programs in, refreshing their tokens, and making personal tokens."""
