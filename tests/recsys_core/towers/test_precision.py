"""Products in bfloat16: rounded inputs, float32 weights, and float32 where the machine gains nothing."""

import numpy as np
import pytest
import tensorflow as tf

from recsys_core.towers import precision
from recsys_core.towers.precision import fastest_product, in_bfloat16


def test_bfloat16_rounds_factors_to_eight_bits_and_gives_float32() -> None:
    product = in_bfloat16(tf.constant([[1 + 2**-9, 3.0]]), tf.constant([[1.0], [2.0]]))
    assert product.dtype == tf.float32
    assert product.numpy().tolist() == [[7.0]]


def test_gradients_are_float32_and_within_rounding_of_the_exact_ones() -> None:
    rng = np.random.default_rng(1)
    x, kernel = (tf.Variable(rng.standard_normal(shape), dtype=tf.float32) for shape in ((30, 40), (40, 20)))
    with tf.GradientTape(persistent=True) as tape:
        rounded, exact = (tf.reduce_mean(tf.square(times(x, kernel))) for times in (in_bfloat16, tf.matmul))
    for variable in (x, kernel):
        found, expected = tape.gradient(rounded, variable), tape.gradient(exact, variable)
        assert found.dtype == tf.float32
        assert float(tf.norm(found - expected) / tf.norm(expected)) < 0.01


@pytest.mark.parametrize(("there", "product"), [(True, in_bfloat16), (False, tf.matmul)])
def test_bfloat16_is_used_where_the_machine_has_instructions_for_it(
    there: bool, product: precision.Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda: there)
    assert fastest_product(mixed_precision=True) is product


@pytest.mark.parametrize(("capability", "multiplies"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_of_a_gpu_its_compute_capability_says_so(
    capability: tuple[int, int], multiplies: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    details = {"compute_capability": capability}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["gpu"])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    assert precision.multiplies_bfloat16() is multiplies


def test_bfloat16_is_off_if_not_wanted() -> None:
    assert fastest_product(mixed_precision=False) is tf.matmul
