"""Tables of leaderboards, and the registry of what they rank."""
