"""The JSON API: one module of `resources` for each kind of thing, on the actions and queries of the pages."""
