"""Forms of cards and interests."""
