"""Asking a companion along to a run."""
