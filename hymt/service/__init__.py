"""What all surfaces share: who may do what."""
