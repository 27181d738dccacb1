"""Questions about plans, subscriptions, payments and what people are allowed."""
