"""The demo shop: an H&M-shaped shop in Kaggle's file layout, drawn and written by this project."""

from demo_shop.shop import DemoSummary, generate

__all__ = ["DemoSummary", "generate"]
