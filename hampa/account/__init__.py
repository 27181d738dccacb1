"""One's account as a whole: a copy of all that is in it, leaving, another phone number."""
