"""Webhooks: programs elsewhere that are told of events of a person's own runs and crews."""
