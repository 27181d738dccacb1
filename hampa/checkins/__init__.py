"""Check-ins: how the week was for the members of a crew."""
