"""Changes at sign-in."""
