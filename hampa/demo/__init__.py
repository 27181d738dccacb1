"""A living community in both languages, for trying Hampa out."""
