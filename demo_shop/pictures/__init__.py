"""Drawn pictures of the demo shop's articles: silhouette, cut, colour and pattern as the catalogue says."""

from demo_shop.pictures.studio import draw, draw_pictures

__all__ = ["draw", "draw_pictures"]
