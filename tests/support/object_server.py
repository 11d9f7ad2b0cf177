"""An object server that speaks S3, on loopback: moto's, a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from scripts.ports import HOST, free_port

BUCKET: Final = "fashion"
SECONDS_TO_START = 60


@dataclass(frozen=True)
class ObjectServer:
    """A server with one empty bucket."""

    address: str
    process: "subprocess.Popen[bytes]"

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables by which the stores' clients find it, and the store in it."""
        return {
            "RECSYS_RELEASE_STORE": f"s3://{BUCKET}/shop",
            "AWS_ENDPOINT_URL_S3": self.address,
            "AWS_ACCESS_KEY_ID": "made-up-id",
            "AWS_SECRET_ACCESS_KEY": "made-up-secret",
            "AWS_DEFAULT_REGION": "eu-north-1",
        }

    @property
    def client(self) -> Any:
        """Amazon's own client, which looks at what ours did."""
        given = {"aws_access_key_id": "made-up-id", "aws_secret_access_key": "made-up-secret"}
        once = Config(retries={"max_attempts": 0}, connect_timeout=2)
        return boto3.client("s3", endpoint_url=self.address, region_name="eu-north-1", config=once, **given)

    def names(self) -> set[str]:
        """Keys of all objects below the store."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="shop/")
        return {each["Key"].removeprefix("shop/") for page in pages for each in page.get("Contents", ())}

    def put(self, name: str, data: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=f"shop/{name}", Body=data)

    def read(self, name: str) -> bytes:
        found: bytes = self.client.get_object(Bucket=BUCKET, Key=f"shop/{name}")["Body"].read()
        return found


@contextmanager
def object_server() -> Iterator[ObjectServer]:
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        server = ObjectServer(f"http://{HOST}:{port}", process)
        try:
            _make_bucket(server)
            yield server
        finally:
            process.kill()


def _make_bucket(server: ObjectServer) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            server.client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
        except BotoCoreError:
            if server.process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
