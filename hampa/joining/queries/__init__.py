"""What the page of a run reads, and the words of notifications about people who join."""
