"""Kinds of artifacts that several packages name: their folders below the workspace."""

from typing import Final

ENCODERS: Final = "image_encoders"
ENCODER_VERSION: Final = 1
EMBEDDINGS: Final = "image_embeddings"
VALIDATIONS: Final = "validations"
TRAININGS: Final = "models"
"""The models of one training together."""
