"""The storefront's settings with a quick hash of passwords: browsers sign up and in dozens of times."""

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
