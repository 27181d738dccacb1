"""Coaching: athletes of coaches, what these may see and change, plans with sessions, and how they go."""
