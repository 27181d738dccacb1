"""Sign-in by phone number and code; sessions."""
