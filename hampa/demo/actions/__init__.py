"""Create the demo community and keep it alive, so that there are always runs to come."""
