"""Messages: conversations of two people, and of the people of a run."""
