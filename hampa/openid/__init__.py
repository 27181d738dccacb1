"""Sign-in by an OpenID Connect provider, such as Google."""
