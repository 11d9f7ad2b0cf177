"""``recsys index``: the release's Milvus collections, checked before anything names them."""

from recsys_core.pipeline.catalogue import article_vectors, catalogue_spec, n_articles_of
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import StageGroup, described
from recsys_core.pipeline.train_retrievers import TWO_TOWER, retriever_spec
from recsys_core.store.artifacts import Artifact, ArtifactSpec, write_json

VERSION = 3


def index_spec(plan: BuildPlan) -> ArtifactSpec:
    """The record of the checks of the Milvus collections."""
    params = {"index": plan.config.index.model_dump(exclude={"uri"})}
    inputs = {"catalogue": catalogue_spec(plan).key, "two_tower": retriever_spec(plan, TWO_TOWER).key}
    return ArtifactSpec("index", VERSION, inputs, params, "recsys index")


def build_index(plan: BuildPlan) -> Artifact:
    """Fill and check the collections of articles and of their images; ``index/<key>/checks.json`` is the record.

    The record may be there while a collection is not (another server, lost data): it is filled and checked again then.

    Raises
    ------
    FileNotFoundError
        If the catalogue or the two-tower vectors are missing.
    IndexDefectError
        If the collection fails a check.
    MilvusUnreachableError
        If no Milvus answers.
    """
    from recsys_core.index.checks import without_timing
    from recsys_core.index.collection import collection_name
    from recsys_core.index.contents import ARTICLES, IMAGES, describe, fill_collections, read_articles, read_images

    spec, config = index_spec(plan), plan.config.index
    catalogue = plan.store.require(catalogue_spec(plan))
    vectors = article_vectors(plan.store.require(retriever_spec(plan, TWO_TOWER)).path, n_articles_of(catalogue))
    contents = {ARTICLES: read_articles(catalogue.path, vectors)}
    model = _model_of(plan)
    if model and plan.image_embeddings and (images := read_images(plan.image_embeddings, contents[ARTICLES].articles)):
        contents[IMAGES] = images
    if found := plan.store.find(spec):
        fill_collections(plan.workspace, config, spec.key, contents, check_all=False)
        return found
    with plan.store.build(spec) as draft:  # of a killed run the draft tells `recsys clean` whose collections they are
        checks = fill_collections(plan.workspace, config, spec.key, contents, check_all=True)
        said = {
            of: describe(collection_name(spec.key, of), content.dim, config.index_type, checks[of], of)
            for of, content in contents.items()
        }
        write_json(draft.path / "checks.json", {of: without_timing(each) for of, each in checks.items()})
        draft.summary |= said[ARTICLES]
        if IMAGES in contents:
            draft.summary[IMAGES] = {"encoder": model, "milvus": said[IMAGES]}
    return plan.store.require(spec)


def _model_of(plan: BuildPlan) -> str | None:
    """The encoder whose vectors are current: without it a shopper's image cannot be compared with them."""
    made = plan.embeddings
    return str(made.summary["model"]) if made else None


STAGE = StageGroup(
    "index",
    VERSION,
    lambda plan: described(build_index(plan)),
)
