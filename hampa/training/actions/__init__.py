"""What people do with their training."""
