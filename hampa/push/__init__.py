"""Notifications on devices: web push to the browsers in which people turned it on."""
