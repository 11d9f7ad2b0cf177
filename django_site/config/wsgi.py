"""WSGI entry point: ``gunicorn --config django_site/gunicorn.conf.py config.wsgi --chdir django_site``."""

import os

from config.bootstrap import prepare_home

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
prepare_home()

from django.core.wsgi import get_wsgi_application  # noqa: E402  the secret key must exist first

application = get_wsgi_application()
