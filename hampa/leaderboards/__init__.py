"""Leaderboards: who did most of something in a week, a month or ever, among people who chose to stand there."""
