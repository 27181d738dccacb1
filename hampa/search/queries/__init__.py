"""Questions of the search: one module for each kind of thing that is found."""
