"""All of /me and /people: one's own things and a person's page."""
