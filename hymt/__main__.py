"""`python -m hymt` is the command `hymt`."""

import sys

from hymt.cli import main

if __name__ == "__main__":
    sys.exit(main())
