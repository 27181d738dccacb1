"""Pages of sign-in and sessions."""
