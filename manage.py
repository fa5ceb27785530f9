#!/usr/bin/env python
"""Django's command-line entry point."""

import sys

from django.core.management import execute_from_command_line

from config.loading import load


def main() -> None:
    load()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
