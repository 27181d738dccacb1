"""Mail: gateways, one file each, and addresses."""
