"""What is done with plans, subscriptions and payments."""
