"""Blocks: two people who do not see each other, by the decision of one of them."""
