"""Make the demo community, and keep it alive: there are always runs to come."""
