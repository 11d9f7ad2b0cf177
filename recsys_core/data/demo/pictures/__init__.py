"""Drawn pictures of the demo shop's articles: silhouette, cut, colour and pattern as the catalogue says."""

from recsys_core.data.demo.pictures.studio import draw, draw_pictures

__all__ = ["draw", "draw_pictures"]
