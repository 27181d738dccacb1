"""The JSON API as a framework: what a resource is, and everything that is decided for all of them once.

A module of `hampa.api` makes a `Resource` and decorates functions with it (`operations`). What a function takes and returns
is read from its annotations, checked (`requests`), wrapped (`answers`) and documented (`document`); tokens, scopes, limits,
conditions and repeated requests are dealt with before it is called (`serving`).
"""
