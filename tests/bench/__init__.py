"""Hampa's figures: each a ratio against a yardstick in the same run, or a count. `make bench` prints them."""
