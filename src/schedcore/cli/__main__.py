"""`python -m schedcore.cli` is the `schedcore` command."""

from schedcore.cli import main

if __name__ == "__main__":
    main()
