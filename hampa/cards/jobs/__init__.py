"""What the worker does for cards."""
