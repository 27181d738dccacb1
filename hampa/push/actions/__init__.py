"""Turning notifications on and off for devices, and writing messages to them."""
