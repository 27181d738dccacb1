"""Hampa: the web home of a running community."""
