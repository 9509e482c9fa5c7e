"""What all surfaces share: the translator, visitors' work and its results, limits."""
