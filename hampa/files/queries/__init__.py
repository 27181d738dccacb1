"""Questions of files."""
