"""Notifying people, and changing notifications and what people want of them."""
