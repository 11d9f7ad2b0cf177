"""Benchmarks: of the heavy kernels beside their peers, of the whole path by size, of the storefront under load."""
