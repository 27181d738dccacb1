"""Places, routes and coordinates."""
