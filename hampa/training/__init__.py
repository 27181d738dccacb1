"""Training: what people did, by hand or by the timer, and how it goes on."""
