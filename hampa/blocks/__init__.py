"""Blocking: two people who do not see each other any more, on the wish of one of them."""
