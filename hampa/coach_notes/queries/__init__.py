"""Questions of notes."""
