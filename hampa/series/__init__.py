"""Series: rules by which runs recur, and people who come every time."""
