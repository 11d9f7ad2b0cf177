"""Report of an image encoder's quality on images that it was not trained on: metrics, contact sheets, MLflow run."""

import hashlib
import json
import logging
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from recsys_core.contracts.artifacts import IMAGE_REPORTS
from recsys_core.images.album import Album, DamagedImageError, open_image
from recsys_core.images.catalogue_training import KnownAlbum
from recsys_core.images.choice import ChosenEncoder
from recsys_core.images.encoder import FashionImageEncoder, load_encoder
from recsys_core.images.examples import ATTRIBUTES, IntArray
from recsys_core.images.measure import TOP_K, alter, colour_histogram, nearest, precision, share_found
from recsys_core.images.sheets import Found, draw_sheet
from recsys_core.pipeline.encoder_card import describe_encoder
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.promotion.image_encoders import REPORT
from recsys_core.store.artifacts import ArtifactSpec, write_json
from recsys_core.tracking.runs import tracked_run

log = logging.getLogger(__name__)

REPORT_VERSION: Final = 1
MAX_QUERIES: Final = 1000
QUERIES_SHOWN: Final = 8
"""Rows of a sheet."""
SEED: Final = 5
TYPE, COLOUR, PATTERN = ATTRIBUTES


@dataclass(frozen=True)
class Vectors:
    """Vectors of the images that can be read, row by row; the queries' altered forms in the order of ``queries``."""

    known: KnownAlbum
    own: NDArray[np.float32]
    histograms: NDArray[np.float32]
    queries: IntArray
    altered: NDArray[np.float32]


def report_images(plan: BuildPlan, chosen: ChosenEncoder) -> dict[str, Any]:
    """Measure on images that the encoder was not trained on, against all images.

    An altered image (cut to 70 to 90 %, mirrored, lit otherwise, saved as a poor JPEG) should find its original;
    neighbours should be of the same type and colour. The report lies in ``image_reports/<key>/`` and in MLflow.
    """
    known = KnownAlbum.open(plan.workspace.images, plan.tables.path)
    spec = _spec(chosen, known)
    found = plan.store.find(spec)
    if found is None:
        vectors = embed_all(known, choose_queries(known.album, chosen), load_encoder(chosen.folder))
        metrics = measure(vectors)
        metrics["train_seconds"] = float(chosen.artifact.summary.get("train_seconds", 0)) if chosen.artifact else 0.0
        with (
            plan.store.build(spec) as draft,
            tracked_run(plan.workspace, spec, spec.inputs["images"], f"image report {chosen.model}") as run,
        ):
            write_json(draft.path / REPORT, {"encoder": chosen.model, **metrics})
            for name, sheet in draw_sheets(vectors).items():
                sheet.save(draft.path / f"{name}.png")
            run.log({name: float(value) for name, value in metrics.items()})
            for file in sorted(draft.path.iterdir()):
                run.log_file(file)
        found = plan.store.require(spec)
    describe_encoder(plan.workspace, chosen.artifact)
    return {"report": str(found.path), **json.loads((found.path / REPORT).read_text())}


def _spec(chosen: ChosenEncoder, known: KnownAlbum) -> ArtifactSpec:
    images = known.album.digest(known.album.checksums())
    articles = hashlib.sha256(known.articles.to_csv().encode()).hexdigest()
    inputs = {"encoder": chosen.source_key, "images": images, "articles": articles}
    return ArtifactSpec(IMAGE_REPORTS, REPORT_VERSION, inputs, {"queries": MAX_QUERIES, "top": TOP_K, "seed": SEED})


def choose_queries(album: Album, chosen: ChosenEncoder) -> IntArray:
    """Rows of images that it was not trained on, at most ``MAX_QUERIES``."""
    learned = chosen.learned()
    rows = np.array([row for row, article_id in enumerate(album.article_ids) if article_id not in learned], np.int64)
    if not len(rows):
        raise ValueError(f"encoder {chosen.model} was trained on all of these images: `recsys train-images --anew`")
    drawn = np.random.default_rng(SEED).permutation(len(rows))[:MAX_QUERIES]
    return np.sort(rows[drawn])


def embed_all(known: KnownAlbum, queries: IntArray, encoder: FashionImageEncoder, batch: int = 64) -> Vectors:
    """Every image, and the queries altered; what cannot be read is left out."""
    asked = set(queries.tolist())
    readable: list[int] = []
    own: list[NDArray[np.float32]] = []
    altered: list[NDArray[np.float32]] = []
    histograms: list[NDArray[np.float32]] = []
    for start in tqdm(range(0, len(known.album), batch), desc="embedding images", unit=" batches", disable=None):
        whole, changed = [], []
        for row in range(start, min(start + batch, len(known.album))):
            try:
                image = open_image(known.album.files[row])
            except DamagedImageError as defect:
                log.warning("%s is left out: %s", known.album.files[row], defect)
                continue
            readable.append(row)
            whole.append(encoder.preprocessing(image))
            histograms.append(colour_histogram(image))
            if row in asked:
                changed.append(encoder.preprocessing(alter_row(image, known.album.article_ids[row])))
        own += [encoder.embed(np.stack(whole))] if whole else []
        altered += [encoder.embed_query(np.stack(changed))] if changed else []
    places = {row: place for place, row in enumerate(readable)}
    found = np.array([places[row] for row in queries.tolist() if row in places], np.int64)
    return Vectors(known.take(readable), np.concatenate(own), np.stack(histograms), found, np.concatenate(altered))


def alter_row(image: Image.Image, article_id: str) -> Image.Image:
    """An article's image is always altered in the same way."""
    return alter(image, np.random.default_rng([SEED, zlib.crc32(article_id.encode())]))


def measure(vectors: Vectors) -> dict[str, Any]:
    """The report's metrics."""
    articles, queries = vectors.known.articles, vectors.queries
    neighbours, colours = nearest(vectors.own, queries), nearest(vectors.histograms, queries)

    def share_of_same(neighbours: IntArray, attribute: str) -> float:
        return round(precision(neighbours, queries, articles[attribute].to_numpy(dtype=object)), 4)

    return {
        "altered_in_top10": round(share_found(vectors.altered, vectors.own, queries), 4),
        "altered_first": round(share_found(vectors.altered, vectors.own, queries, 1), 4),
        "type_precision_at_10": share_of_same(neighbours, TYPE),
        "type_precision_histogram": share_of_same(colours, TYPE),
        "colour_precision_at_10": share_of_same(neighbours, COLOUR),
        "colour_precision_histogram": share_of_same(colours, COLOUR),
        "pattern_precision_at_10": share_of_same(neighbours, PATTERN),
        "pattern_precision_histogram": share_of_same(colours, PATTERN),
        "images": len(vectors.known.album),
        "queries": len(queries),
    }


def draw_sheets(vectors: Vectors) -> dict[str, Image.Image]:
    """Neighbours of some queries, and what their altered forms find."""
    places = np.linspace(0, len(vectors.queries) - 1, min(QUERIES_SHOWN, len(vectors.queries))).astype(np.int64)
    rows = vectors.queries[places]
    types = vectors.known.articles[TYPE].to_numpy(dtype=object)
    files = vectors.known.album.files

    def sheet(queries: Sequence[Image.Image], found: IntArray, is_right: Callable[[int, int], bool]) -> Image.Image:
        lines = []
        for row, query, neighbours in zip(rows.tolist(), queries, found.tolist(), strict=True):
            cells = [Found(open_image(files[n]), str(types[n]), is_right(row, n)) for n in neighbours]
            lines.append((query, str(types[row]), cells))
        return draw_sheet(lines)

    originals = [open_image(files[row]) for row in rows]
    article_ids = [vectors.known.album.article_ids[row] for row in rows]
    changed = [alter_row(each, of) for each, of in zip(originals, article_ids, strict=True)]
    altered = np.argsort(-(vectors.altered[places] @ vectors.own.T), axis=1, kind="stable")[:, :TOP_K]
    return {
        "neighbours": sheet(originals, nearest(vectors.own, rows), lambda row, n: bool(types[row] == types[n])),
        "altered": sheet(changed, altered, lambda row, n: row == n),
    }
