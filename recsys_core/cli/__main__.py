"""``python -m recsys_core.cli``."""

from recsys_core.cli import main

main()
