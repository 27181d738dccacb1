"""What is asked about crews."""
