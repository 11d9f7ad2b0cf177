import pytest
from django.test import Client

from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


def tokens(client: Client) -> list[str]:
    return [field["value"] for field in Page(client.get("/")).all("input", name="csrfmiddlewaretoken")]


def test_forms_of_a_page_have_one_token_and_the_next_page_has_another(signed_in: Client) -> None:
    first, second = tokens(signed_in), tokens(signed_in)
    assert len(first) == 3  # sign out, save, hide
    assert len(set(first)) == len(set(second)) == 1
    assert first[0] != second[0]


@pytest.mark.parametrize(("token", "status"), [("of the page", 302), ("x" * 64, 403)])
def test_a_form_is_taken_with_the_token_of_its_page_alone(customer: Customer, token: str, status: int) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(customer().user)
    sent = tokens(strict)[0] if token == "of the page" else token
    answer = strict.post("/account/saved/change", {"article": "0100000001", "next": "/", "csrfmiddlewaretoken": sent})
    assert answer.status_code == status
