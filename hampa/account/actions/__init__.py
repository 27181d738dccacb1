"""Changes to an account as a whole."""
