"""The mail about the week to come, for people who want one."""
