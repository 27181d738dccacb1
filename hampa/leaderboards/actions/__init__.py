"""What changes leaderboards."""
