"""Challenges of crews: a common sum or a ranking, for some days, open to who has the link."""
