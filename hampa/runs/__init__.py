"""Joint runs and taking part in them."""
