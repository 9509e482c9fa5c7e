"""What all surfaces share: the translator, visitors' work and its results, who may do what, limits."""
