"""Pages of /me and /people."""
