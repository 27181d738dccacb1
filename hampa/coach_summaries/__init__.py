"""Summaries of athletes and plans: facts, changes and open questions, each sentence with its source."""
