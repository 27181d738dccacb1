"""Questions of coaching."""
