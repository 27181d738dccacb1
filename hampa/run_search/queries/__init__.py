"""Questions of the search for runs."""
