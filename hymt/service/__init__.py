"""What all surfaces share: limits, and what is kept while a server runs."""
