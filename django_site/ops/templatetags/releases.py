"""The state of the releases, for pages to staff."""

from django import template

from ops import selectors

register = template.Library()


@register.inclusion_tag("ops/_release_state.html")
def release_state() -> dict[str, object]:
    return {"state": selectors.release_state()}
