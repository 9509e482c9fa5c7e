"""The same texts through each precision, one after another: what each costs, and what it changes."""
