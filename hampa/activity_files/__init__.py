"""Files of watches and phones that become activities, in the worker, and what is read of their tracks."""
