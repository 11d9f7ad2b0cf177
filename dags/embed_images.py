"""
### Vectors of the catalogue's images

**What it does.** `train_images` provides an image encoder: the configured one (`images.encoder`), or one that is
trained once on the catalogue's own images, in half an hour at most. `embed_images` turns new or changed images
(by their checksums) into vectors of 128 numbers. The retrievers {image_retrievers} and image search use
these vectors. A shop without images skips all this.

**Next.** `build_features`, even if there was nothing to embed. So the later trainings use the vectors of this
night's images, not of the last night's.

**When it fails.** *the image encoder recognises ... of altered images*: the training did not learn. Compare the
run in MLflow with the last good one, and lower `images.learning_rate`. *no encoder*: the configured one is neither
a folder nor in the hub's cache. *out of memory*: lower `images.embed_batch`. Images that cannot be read do not
stop the run: they are listed in `image_embeddings/<key>/quarantine`, each with its reason.

**Rerun.** Clear the failed task: a training continues after its last epoch, embedding after its last file. To
train on the current images, run `recsys train-images --anew`, then trigger this DAG.
"""

from datetime import timedelta

from recsys_airflow.assets import CATALOGUE, IMAGE_EMBEDDINGS
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysStageOperator

with recsys_dag("embed_images", doc=__doc__, schedule=[CATALOGUE], tags=["torch", "mlflow"]):
    train = RecsysStageOperator(
        stage="train-images",
        execution_timeout=timedelta(hours=3),
        doc_md="Images to `image_encoders/<key>/`, unless an encoder with these settings exists.",
    )
    embed = RecsysStageOperator(
        stage="embed-images",
        outlets=[IMAGE_EMBEDDINGS],
        execution_timeout=timedelta(hours=6),
        doc_md="Images to `image_embeddings/<key>/`; only new or changed images go through the encoder.",
    )
    train >> embed
