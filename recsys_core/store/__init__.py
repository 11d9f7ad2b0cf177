"""Artifacts, images and commits as they lie on disk."""
