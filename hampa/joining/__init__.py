"""The page of a run, and what people do on it: join, wait, answer an offer, leave."""
