"""SMS: gateways, one file each, and the count of segments."""
