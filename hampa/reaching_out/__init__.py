"""Members who might like to be asked how they are, and agreed to that; and where help is found."""
