"""What happens to cards and interests."""
