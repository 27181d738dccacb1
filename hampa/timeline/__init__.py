"""What happened: entries of people, plans and crews, in order."""
