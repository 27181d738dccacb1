"""Messages and their gateways, of SMS and of mail."""
