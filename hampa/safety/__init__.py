"""Home safe: a runner who is waited for, and who is told when they do not come."""
