"""`python -m stress` is the command `stress`."""

from stress.cli import main

main()
