"""A text or a document in, a stream of events out."""
