"""Commands and pages for operators."""
