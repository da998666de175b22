"""`python -m publisher` and the `publisher` command are the same door."""

from publisher.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
