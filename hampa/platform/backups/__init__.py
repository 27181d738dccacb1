"""Backups: the database and all files in one archive, made every night, and put back by hand."""
