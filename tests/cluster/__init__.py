"""A whole site on one machine, with two of each: `make cluster`, and what it endures: `make cluster-drill`."""
