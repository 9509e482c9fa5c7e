"""Models: which there are, at which precision they run, how they are loaded and swapped."""
