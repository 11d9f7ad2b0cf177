"""The storefront's settings with an empty view beside it, for ``make bench-web``."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "config.bench_urls"
