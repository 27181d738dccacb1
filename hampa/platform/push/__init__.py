"""Web push: messages to browsers, encrypted for each of them and signed by the site."""
