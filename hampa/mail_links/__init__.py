"""Sign-in by a link that is mailed to a verified address."""
