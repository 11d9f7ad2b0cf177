"""Products of the dense layers in training: in bfloat16 where the machine multiplies it faster."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from llvmlite import binding

Product = Callable[[tf.Tensor, tf.Tensor], Any]
BFLOAT16_FEATURES = ("avx512bf16", "amx-bf16")
"""LLVM's names of instructions that multiply bfloat16."""
BFLOAT16_CAPABILITY = (8, 0)
"""CUDA's compute capability from which GPUs do (Ampere)."""


def fastest_product(mixed_precision: bool) -> Product:
    """``in_bfloat16`` if wanted and there are instructions for it, else TensorFlow's own of float32."""
    return in_bfloat16 if mixed_precision and multiplies_bfloat16() else tf.matmul


def multiplies_bfloat16() -> bool:
    """True if the GPUs, or else the processor, have instructions for it. Others would convert every number."""
    if gpus := tf.config.list_physical_devices("GPU"):
        details = map(tf.config.experimental.get_device_details, gpus)
        return all(each.get("compute_capability", (0, 0)) >= BFLOAT16_CAPABILITY for each in details)
    features = binding.get_host_cpu_features()
    return any(features.get(name) for name in BFLOAT16_FEATURES)


def in_bfloat16(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Product (n, m) of float32 arrays (n, d) and (d, m) whose entries are rounded to bfloat16; so are its gradients.

    The weights stay float32, and so does everything but the dense layers.
    """
    return tf.cast(tf.matmul(tf.cast(x, tf.bfloat16), tf.cast(kernel, tf.bfloat16)), tf.float32)
