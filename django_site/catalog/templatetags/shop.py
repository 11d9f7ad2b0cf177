"""Filters of the pages that extend Django's admin."""

from django import template

from catalog.formats import articles, count, image_text, price, share

register = template.Library()
for each in (articles, count, image_text, price, share):
    register.filter(each)
