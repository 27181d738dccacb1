"""Tables of people and blocks."""
