"""How check-ins go on: the trend of a person, the numbers of a crew, and both beside each other."""
