"""Pages of subscriptions."""
