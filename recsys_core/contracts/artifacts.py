"""Kinds of artifacts that several packages name: their folders below the workspace."""

from typing import Final

ENCODERS: Final = "image_encoders"
ENCODER_VERSION: Final = 1
ENCODER_WEIGHTS: Final = "model.safetensors"
"""File of an image encoder."""
IMAGE_REPORTS: Final = "image_reports"
EMBEDDINGS: Final = "image_embeddings"
NO_EMBEDDINGS: Final = "none"
"""Stands for image embeddings in the options of a run of a shop that has none."""
VALIDATIONS: Final = "validations"
DRIFT: Final = "drift"
CLOSED_DAY: Final = "closed_day"
"""Key of the tables' summary: the last day before the cut-off, where orders of a day that is not over are later."""
TRAININGS: Final = "models"
"""The models of one training together."""
