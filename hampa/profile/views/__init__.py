"""Pages of the person's own profile and settings, and of other people."""
