"""What all surfaces share: who may do what, limits, and what is kept while a server runs."""
