"""Text form of a query vector, short enough for an address: the shop keeps nothing of the image."""

import base64
import binascii

import numpy as np
from numpy.typing import NDArray

MAX_DIM = 1024
"""Numbers that an address may hold: gunicorn takes addresses of 4,094 characters."""


def to_text(vector: NDArray[np.float32]) -> str:
    """Half precision in URL-safe base64: 342 characters for 128 numbers."""
    return base64.urlsafe_b64encode(vector.astype("<f2").tobytes()).rstrip(b"=").decode()


def from_text(text: str, dim: int) -> NDArray[np.float32] | None:
    """(dim,) L2-normalised; None for text that holds no such vector."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if dim > MAX_DIM or len(data) != 2 * dim:
        return None
    vector = np.frombuffer(data, "<f2").astype(np.float32)
    length = float(np.linalg.norm(vector))
    return vector / length if np.isfinite(length) and length > 0 else None
