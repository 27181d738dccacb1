"""What is done in crews."""
