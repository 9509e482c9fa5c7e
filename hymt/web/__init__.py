"""HTTP before it reaches the page: who asks, from where, and how much."""
