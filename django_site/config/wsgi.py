"""WSGI entry point: ``gunicorn --config django_site/gunicorn.conf.py config.wsgi --chdir django_site``."""

import os

from config.bootstrap import prepare_home
from config.env import read_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
prepare_home()

from django.core.wsgi import get_wsgi_application  # noqa: E402  the secret key must exist first

from ops.metrics_port import with_metrics_port  # noqa: E402

application = with_metrics_port(get_wsgi_application(), read_environment().PORT_METRICS)
