"""Fashion recommendation: from raw purchases to a personal storefront."""

__version__ = "0.1.0"
