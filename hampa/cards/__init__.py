"""Runner cards and interests: how people find a companion."""
