"""Everybody in a run: lists for all, and what organisers decide about participants."""
