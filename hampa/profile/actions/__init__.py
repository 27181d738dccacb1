"""What people say of themselves and change."""
