"""Pages of cards and interests."""
