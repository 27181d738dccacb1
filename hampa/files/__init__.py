"""Files that people keep with a plan: taken, checked, scanned, handed out by links that end."""
