"""For developers, never in production: what the gateways delivered, the components, signing in as a demo person."""
