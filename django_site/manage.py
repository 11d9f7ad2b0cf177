#!/usr/bin/env python
"""Django's command line for the storefront."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # of the server's workers: a command adds no file to theirs
    from config.bootstrap import prepare_home

    prepare_home()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
