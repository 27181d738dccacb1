"""What is there of files, and what is in one."""
