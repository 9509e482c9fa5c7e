"""One file a command: a parser, and a plain function that takes what the parser gives.

They share values.py, progress.py, refusals.py and results.py.
"""
