"""Likes and comments on what happened."""
