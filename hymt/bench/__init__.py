"""`hymt bench`: what this machine can do at best, what transformers makes of it, and what hymt does, in one run."""
