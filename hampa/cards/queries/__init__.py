"""Questions about cards, interests and companions."""
