"""Filters of the pages that extend Django's admin."""

from django import template

from catalog.formats import FILTERS

register = template.Library()
for each in FILTERS:
    register.filter(each)
