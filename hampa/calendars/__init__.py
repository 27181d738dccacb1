"""Runs in calendar programs: files and private feeds."""
