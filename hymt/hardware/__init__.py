"""The machine: its devices and their memory. It knows nothing of models."""
