"""Drawn images of the demo shop's articles: silhouette, cut, colour and pattern as the catalogue says."""

from demo_shop.drawing.studio import draw, drawing_images

__all__ = ["draw", "drawing_images"]
