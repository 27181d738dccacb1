"""Links in messages about runs that act in one tap, without signing in."""
