"""Questions about close-outs."""
