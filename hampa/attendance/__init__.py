"""Who came to a run: the organisers' list, codes, people's own word."""
