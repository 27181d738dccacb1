"""Files that people upload or that Hampa draws: pictures and share posters."""
