"""Messages of coordinators to those on duty, to those of a role, or to all volunteers."""
