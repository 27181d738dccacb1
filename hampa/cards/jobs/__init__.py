"""The slow half of what is done with cards."""
