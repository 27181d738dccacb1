"""Questions of an organiser to people who join, and their answers; a run stores them."""
