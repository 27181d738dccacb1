"""Following organisers, series and places, and hearing of their new runs."""
