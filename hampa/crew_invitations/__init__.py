"""Invitations into crews by phone number: lists that are pasted or uploaded, and sent by the worker."""
