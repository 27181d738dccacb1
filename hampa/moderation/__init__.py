"""Moderation: reports by people, and decisions of operators about them."""
