"""Forms for organisers."""
