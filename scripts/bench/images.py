"""Measures how long a shopper's search by image takes: ``make bench-images``.

It uses a release of 105,542 articles, each with an image vector in Milvus Lite (random vectors of the real number and
length), gunicorn with two workers, the encoder as a separate process, and images of a phone's size. It runs with the
small encoder that is trained on a shop's own images, and with Swin-base as published (random weights take as long). A
search is the upload and the page of results that it leads to. The last line is one JSON object.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image
from tqdm import tqdm
from transformers import SwinConfig

from recsys_core.config import Config
from recsys_core.contracts.release import MANIFEST
from recsys_core.images.config import ImagesConfig
from recsys_core.images.encoder import FashionImageEncoder
from recsys_core.images.preprocessing import Preprocessing
from recsys_core.images.train import new_encoder
from recsys_core.index.collection import ArticleCollection
from recsys_core.index.config import IndexConfig
from recsys_core.index.contents import IMAGES, describe, read_articles
from recsys_core.index.server import milvus_client, read_server, registered_path, stage_path
from recsys_core.pipeline.catalogue import catalogue_spec, n_articles_of
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.store.artifacts import write_json
from recsys_core.workspace import Workspace
from scripts.shop_server import encoder_running, environment, prepare, serving
from tests.support.encoders import add_encoder, have_live_release_name
from tests.support.release_fixture import CUTOFF, build_release

ARTICLES, CUSTOMERS, DIM = 105_542, 1_000, 128
COLLECTION = "images_bench"
PHOTO = (1080, 1440)
WARM_UP_SEARCHES = 5
SERVED = {"WEB_WORKERS": "2", "LOG_LEVEL": "WARNING"}
SWIN_BASE = {
    "image_size": 224,
    "embed_dim": 128,
    "depths": [2, 2, 18, 2],
    "num_heads": [4, 8, 16, 32],
    "window_size": 7,
}


def main() -> int:
    args = parse_args()
    workspace = Workspace(args.workspace.absolute())
    if not workspace.live.exists():
        print(f"building a release of {args.articles:,} articles in {workspace.root}", file=sys.stderr)
        build_release(workspace.root, args.articles, CUSTOMERS)
    results: dict[str, Any] = {"articles": args.articles}
    with images_indexed(workspace):
        for name, encoder in encoders().items():
            say_images(workspace)
            have_live_release_name(workspace, add_encoder(workspace, encoder, name))
            env = environment(workspace, **SERVED)
            prepare(env)
            with encoder_running(workspace, env), serving(env) as address:
                results[name] = measure(address, args.searches, name)
    print(json.dumps(results))
    return 0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, default=Path("var/bench-images"), help="folder of the release")
    parser.add_argument("--articles", type=int, default=ARTICLES, help="number of articles in catalogue and index")
    parser.add_argument("--searches", type=int, default=60, help="number of searches with each encoder")
    return parser.parse_args()


def encoders() -> dict[str, FashionImageEncoder]:

    return {
        "small": new_encoder(ImagesConfig()),
        "swin_base": FashionImageEncoder(SwinConfig(**SWIN_BASE), Preprocessing()),
    }


@contextmanager
def images_indexed(workspace: Workspace) -> Iterator[None]:
    """A Milvus Lite with a vector for every article, as long as the context."""
    plan = BuildPlan.of_current_tables(workspace, Config(), CUTOFF)
    made = plan.store.require(catalogue_spec(plan))
    vectors = np.random.default_rng(0).normal(size=(n_articles_of(made), DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with milvus_client(workspace, IndexConfig()) as client:
        ArticleCollection(client, COLLECTION, "FLAT").ensure(read_articles(made.path, vectors))
        running = read_server(stage_path(workspace))
        if running is None:
            raise RuntimeError("$MILVUS_URI is set: the benchmark wants a Milvus of its own")
        write_json(registered_path(workspace), {"pid": running.pid, "port": running.port})
        try:
            yield
        finally:
            registered_path(workspace).unlink()


def say_images(workspace: Workspace) -> None:
    """The live release has vectors of images."""
    manifest = workspace.live / MANIFEST
    said = {"encoder": "", "milvus": describe(COLLECTION, DIM, "FLAT", {}, IMAGES)}
    write_json(manifest, json.loads(manifest.read_text()) | {"images": said})


def photographs(n: int) -> list[bytes]:
    """Images as phones take them: large, and with as much in them as decoding takes long."""
    made = []
    for seed in range(n):
        patches = np.random.default_rng(seed).integers(0, 256, (48, 36, 3), dtype=np.uint8)
        file = BytesIO()
        Image.fromarray(patches).resize(PHOTO, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
        made.append(file.getvalue())
    return made


def measure(address: str, searches: int, name: str) -> dict[str, float]:
    taken: list[float] = []
    with httpx.Client(base_url=address, timeout=60, trust_env=False, headers={"Accept-Encoding": "gzip"}) as shopper:
        form = f"{address}/search/image/"
        shopper.get(form)
        token = {"csrfmiddlewaretoken": shopper.cookies["csrftoken"]}
        for number, photo in enumerate(tqdm(photographs(WARM_UP_SEARCHES + searches), desc=name, disable=None)):
            started = time.perf_counter()
            files = {"image": ("coat.jpg", photo, "image/jpeg")}
            sent = shopper.post(form, data=token, files=files, headers={"Referer": form})
            if sent.status_code != httpx.codes.FOUND:
                raise RuntimeError(f"{name}: the upload was answered with {sent.status_code}")
            page = shopper.get(sent.headers["Location"])
            if page.headers.get("X-Fallback-Tier") != "image":
                raise RuntimeError(f"{name}: no results by image, tier {page.headers.get('X-Fallback-Tier')}")
            if number >= WARM_UP_SEARCHES:
                taken.append(1000 * (time.perf_counter() - started))
    taken.sort()
    return {"p50_ms": round(statistics.median(taken), 1), "p95_ms": round(taken[round(0.95 * (len(taken) - 1))], 1)}


if __name__ == "__main__":
    sys.exit(main())
