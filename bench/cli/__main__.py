"""`python3 -m bench.cli`: the command line, where everything it needs is installed."""

from bench.cli import main

main()
