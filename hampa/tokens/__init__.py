"""Tokens of programs: access and refresh tokens of sign-ins, and personal access tokens that people make themselves."""
