"""Sign-in with a password, for who wants one."""
