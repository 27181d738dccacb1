"""The person, an account: who they are, in which language, where."""
