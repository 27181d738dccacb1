"""Questions about people, as others and they themselves see them."""
