"""What people and the worker do with challenges."""
