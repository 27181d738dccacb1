"""Pages of an account as a whole."""
