"""Changes of passkeys, and what is done with them."""
