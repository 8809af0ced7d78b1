"""`python -m cli` is the installed command."""

from cli import main

main()
