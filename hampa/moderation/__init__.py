"""Moderation: what people report, and what operators decide about it."""
