"""Forms of coaching."""
