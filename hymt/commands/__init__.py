"""One file a command: a parser, and a plain function that takes what the parser gives. values.py is what they share."""
