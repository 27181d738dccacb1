"""Questions about trends and numbers."""
