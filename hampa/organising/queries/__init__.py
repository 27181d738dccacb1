"""Questions of organisers."""
