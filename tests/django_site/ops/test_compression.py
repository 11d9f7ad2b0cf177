import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from ops.middleware import CompressText

TEXT = "<p>a summer dress</p>" * 50


def answered(response: HttpResponse | StreamingHttpResponse, accepts: str = "gzip, br") -> HttpResponse:
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepts})
    return CompressText(lambda _: response)(request)


def test_a_page_is_compressed_and_says_so() -> None:
    answer = answered(HttpResponse(TEXT))
    assert gzip.decompress(answer.content).decode() == TEXT
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("short"),
        HttpResponse(TEXT, content_type="image/jpeg"),
        HttpResponse(TEXT, headers={"Content-Encoding": "br"}),
    ],
    ids=["short", "image", "compressed before"],
)
def test_what_compression_does_not_help_stays_as_it_is(response: HttpResponse) -> None:
    before = response.content
    assert answered(response).content == before


def test_a_client_that_takes_no_gzip_gets_plain_text_and_caches_know() -> None:
    answer = answered(HttpResponse(TEXT), accepts="br")
    assert answer.content.decode() == TEXT
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in answer.headers


def test_random_bytes_are_left_as_they_are_when_they_would_grow() -> None:
    noise = bytes(range(256))
    assert answered(HttpResponse(noise, content_type="text/plain")).content == noise


def test_lengths_of_one_page_differ_so_that_they_tell_nothing_of_a_secret() -> None:
    lengths = {len(answered(HttpResponse(TEXT)).content) for _ in range(40)}
    assert len(lengths) > 5


def test_a_strong_tag_becomes_weak_and_a_weak_one_stays() -> None:
    assert answered(HttpResponse(TEXT, headers={"ETag": '"1"'})).headers["ETag"] == 'W/"1"'
    assert answered(HttpResponse(TEXT, headers={"ETag": 'W/"1"'})).headers["ETag"] == 'W/"1"'


def test_streams_are_compressed_too() -> None:
    answer = answered(StreamingHttpResponse(iter([TEXT]), content_type="text/csv"))
    assert gzip.decompress(b"".join(answer)).decode() == TEXT
