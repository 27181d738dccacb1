"""Payments: what a gateway does, the gateways, and the one for development."""
