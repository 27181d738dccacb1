"""Actions of coaching."""
