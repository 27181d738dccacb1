"""What organisers decide about participants, and what is recorded of it."""
