"""Notifications of a person, their words, and what people want of them."""
