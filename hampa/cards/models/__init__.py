"""Tables of cards and interests."""
