"""Encryption, signed links, IP addresses and user agents."""
