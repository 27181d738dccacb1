"""A run when it is over: whom one ran with, thanks to the organisers, and the question how it was."""
