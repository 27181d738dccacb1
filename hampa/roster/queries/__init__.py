"""The lists of people in a run, and what organisers read about them."""
