"""Watches: somebody is alerted when a runner does not come home."""
