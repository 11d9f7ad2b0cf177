"""The two-tower model. TensorFlow lives here and in ``ranking/dnn``.

TFRS needs Keras 2, which TensorFlow takes only if told before it is first imported.
"""

import os
import sys

if "tensorflow" in sys.modules and os.environ.get("TF_USE_LEGACY_KERAS") != "1":
    raise ImportError("tensorflow was imported without TF_USE_LEGACY_KERAS=1: set it in the process environment")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
