"""Questions about an account as a whole."""
