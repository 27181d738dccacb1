"""What is asked about leaderboards."""
