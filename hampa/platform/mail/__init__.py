"""Mail: the port that every gateway fits, and the gateways, one file each."""
