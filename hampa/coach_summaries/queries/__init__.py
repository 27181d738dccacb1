"""Questions of summaries."""
