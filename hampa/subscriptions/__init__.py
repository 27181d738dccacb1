"""Subscriptions: plans, what they allow, and how they are paid for."""
