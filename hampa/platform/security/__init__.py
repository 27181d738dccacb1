"""Encryption, keys, signed links and what is known of clients."""
