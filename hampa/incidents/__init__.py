"""Reports of what happened at runs and in crews, and who takes them over."""
