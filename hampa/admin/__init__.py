"""What the operator does, for now in the shell."""
