"""Signing in by phone and code; sessions."""
