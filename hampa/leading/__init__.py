"""Who leads the pace groups of a run: asked, answered, ended."""
