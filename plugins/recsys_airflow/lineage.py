"""Lineage of a task for OpenLineage: the datasets of the artifacts and the release that its report names.

The provider asks for it when a task has ended, and only where a transport is configured. It is imported then, since
the reading of the DAGs does not need it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from airflow.providers.openlineage.extractors import OperatorLineage
from openlineage.client.event_v2 import Dataset, InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    base_subset_dataset,
    dataset_version_dataset,
    input_statistics_input_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)

from recsys_airflow.settings import Settings
from recsys_core.store.lineage import Columns, DatasetVersion, lineage_of
from recsys_core.workspace import Workspace

Report = Mapping[str, Any]
Versions = list[DatasetVersion]
TABLE: Final = "table"
"""Type of a field of the schema of ``tables``, whose own fields are the columns."""


def operator_lineage(report: Report | None, settings: Settings) -> "OperatorLineage[Dataset, Any]":
    """Inputs and outputs of the task that ended with a report; none if it has no report, or it names nothing."""
    summary = {**(report or {}), **((report or {}).get("summary") or {})}
    made = [name for name in (summary.get("artifact"), *(summary.get("artifacts") or ())) if name]
    held = str(summary.get("held") or "")
    release = held or str(summary.get("release") or "")
    lineage = lineage_of(Workspace(settings.workspace), made, release, live=bool(release) and not held)
    inputs: list[Dataset] = [_input(settings.lineage_namespace, versions) for versions in _by_name(lineage.inputs)]
    outputs: list[Dataset] = [_output(settings.lineage_namespace, versions) for versions in _by_name(lineage.outputs)]
    return OperatorLineage(inputs=inputs, outputs=outputs)


def _by_name(versions: Iterable[DatasetVersion]) -> list[Versions]:
    """The versions of each dataset, the last made first: an event names a dataset once."""
    by_name: dict[str, Versions] = {}
    for version in sorted(versions, key=lambda version: version.made_at, reverse=True):
        by_name.setdefault(version.name, []).append(version)
    return [by_name[name] for name in sorted(by_name)]


def _input(namespace: str, versions: Versions) -> InputDataset:
    facets: dict[str, Any] = {
        "inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet(**_statistics(versions))
    }
    if len(versions) > 1:
        facets["subset"] = base_subset_dataset.InputSubsetInputDatasetFacet(inputCondition=_partitions(versions))
    return InputDataset(namespace, versions[0].name, facets=_facets(versions), inputFacets=facets)


def _output(namespace: str, versions: Versions) -> OutputDataset:
    facets: dict[str, Any] = {
        "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(**_statistics(versions))
    }
    if len(versions) > 1:
        facets["subset"] = base_subset_dataset.OutputSubsetOutputDatasetFacet(outputCondition=_partitions(versions))
    return OutputDataset(namespace, versions[0].name, facets=_facets(versions), outputFacets=facets)


def _facets(versions: Versions) -> dict[str, DatasetFacet]:
    """The version that was made last, and the columns if they are known."""
    facets: dict[str, DatasetFacet] = {
        "version": dataset_version_dataset.DatasetVersionDatasetFacet(versions[0].version)
    }
    if versions[0].columns:
        facets["schema"] = _schema(versions[0].columns)
    return facets


def _statistics(versions: Versions) -> dict[str, Any]:
    """Totals over all versions; None for what is not known of each."""
    counts = {
        "rowCount": [version.rows for version in versions],
        "size": [version.bytes for version in versions],
        "fileCount": [version.files for version in versions],
    }
    return {
        name: None if None in each else sum(count for count in each if count is not None)
        for name, each in counts.items()
    }


def _partitions(versions: Versions) -> base_subset_dataset.PartitionSubsetCondition:
    """Every version where an event is about several, such as the snapshots of all training cut-offs."""
    partitions = []
    for version in versions:
        dimensions = {"version": version.version} | ({"cutoff": version.cutoff} if version.cutoff else {})
        partitions.append(base_subset_dataset.Partition(dimensions, version.version))
    return base_subset_dataset.PartitionSubsetCondition(partitions)


def _schema(columns: Columns) -> schema_dataset.SchemaDatasetFacet:
    field = schema_dataset.SchemaDatasetFacetFields
    return schema_dataset.SchemaDatasetFacet(
        [
            field(table, TABLE, fields=[field(name, kind) for name, kind in by_column.items()])
            for table, by_column in columns.items()
        ]
    )
