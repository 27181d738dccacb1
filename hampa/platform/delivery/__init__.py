"""What message gateways have in common."""
