"""Values of ``/metrics``, by series."""

from prometheus_client.parser import text_string_to_metric_families

from ops import metrics

Samples = dict[str, float]


def samples() -> Samples:
    """Values of ``/metrics`` by series, labels in the order of their names: ``name{label="value"}``."""
    text = metrics.exposition().decode()
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {series(sample.name, **sample.labels): sample.value for sample in found}


def series(name: str, **labels: str) -> str:
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inside}}}" if inside else name
