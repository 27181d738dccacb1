"""Questions about people, blocks and privacy."""
