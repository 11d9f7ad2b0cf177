from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from pymilvus import MilvusClient

from recsys_core.index.collection import ArticleVectors
from recsys_core.index.config import IndexConfig
from recsys_core.index.server import milvus_client
from recsys_core.release.catalogue import catalogue_table
from recsys_core.workspace import Workspace
from tests.recsys_core.index.real_milvus import real_milvus
from tests.support import release_fixture


@pytest.fixture(scope="module", params=["lite", pytest.param("server", marks=pytest.mark.full)])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusClient]:
    """A client of a real Milvus Lite; in `make test-full` also of a server as a cluster runs it."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "lite":
        with milvus_client(Workspace(folder), IndexConfig()) as client:
            yield client
    else:
        with real_milvus(folder) as uri, milvus_client(Workspace(folder), IndexConfig(uri=uri)) as client:
            yield client


def article_vectors(n: int, dim: int = 8) -> ArticleVectors:
    random = np.random.default_rng(3)
    rows = release_fixture.article_rows(n)
    table = pa.Table.from_pylist(rows)
    for name, values in release_fixture.sales(n, random).items():
        table = table.append_column(name, pa.array(values))
    vectors = random.normal(size=(n, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return ArticleVectors.of_all(catalogue_table(table, 60, frozenset()), vectors)
