"""Questions about reports of incidents."""
