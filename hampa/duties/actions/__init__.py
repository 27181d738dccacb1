"""Actions on duties."""
