"""Every kind of page and call of the storefront, asked for the articles and customers of the live release.

``python -m tests.support.storefront_check``, with ``RECSYS_WORKSPACE`` and ``DJANGO_SETTINGS_MODULE``, prints what was
found as one JSON object. The database is the workspace's own.
"""

import json
import re
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

import django

from recsys_core.contracts.article_ids import encode
from recsys_core.serving import open_live
from recsys_core.workspace import Workspace


@dataclass
class Served:
    """A release as the storefront shows it."""

    release: str = ""
    problems: list[str] = field(default_factory=list)
    """Answers that should have been others."""
    prices: dict[str, str] = field(default_factory=dict)
    """Price on the page of each article, with its currency; empty where the page shows none."""
    names: dict[str, str] = field(default_factory=dict)
    """Heading of the page of each article."""
    in_stock: list[str] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=dict)
    """Articles that the API recommends to each customer, best first."""
    own: dict[str, list[str]] = field(default_factory=dict)
    """Articles of the customer's own list in the release."""


def longest_word(text: str) -> str:
    """The longest word of letters that stands alone; empty without any.

    >>> longest_word("X-large cup of coffee, 40")
    'coffee'
    """
    return max(re.findall(r"(?<![\w-])[^\W\d_]{3,}(?![\w-])", text), key=len, default="")


def check_storefront(workspace: Workspace) -> Served:
    """Ask for everything; Django has to be set up for the workspace, and its database migrated."""
    release = open_live(workspace)
    served = Served(release.id)
    articles = release.catalogue.articles(range(release.catalogue.size))
    served.in_stock = [article.article_id for article in articles if article.in_stock]
    asking = _Asking(served)
    asking.of_everybody()
    for article in articles:
        asking.of_an_article(article)
    for customer in release.lists.customers():
        own = release.lists.for_customer(customer)
        served.own[customer] = [a.article_id for a in release.catalogue.articles(own.article_idx)] if own else []
        asking.of_a_customer(customer)
    return served


class _Asking:
    def __init__(self, served: Served) -> None:
        from django.test import Client

        self.served = served
        self.client = Client(headers={"Host": "localhost"}, raise_request_exception=False)

    def get(self, address: str, allowed: tuple[int, ...] = (200,), client: Any = None, **query: str) -> Any:
        answer = (client or self.client).get(address, query)
        if answer.status_code not in allowed:
            self.served.problems.append(f"{address} {query}: {answer.status_code}")
        elif (
            answer.status_code == 200 and answer.headers.get("X-Release-Id", self.served.release) != self.served.release
        ):
            self.served.problems.append(f"{address}: of release {answer.headers['X-Release-Id']}")
        return answer

    def of_everybody(self) -> None:
        from catalog.query import SORTS

        for address in ("/", "/c/", "/bag/", "/search/image/", "/session/", "/sitemap.xml", "/sitemap-products.xml"):
            self.get(address)
        for sort in SORTS:
            self.get("/c/", sort=sort)
        guest = self.get("/api/v1/recommendations").json()
        if not guest["items"]:
            self.served.problems.append("guests are recommended nothing")

    def of_an_article(self, article: Any) -> None:
        from django.urls import reverse

        from tests.django_site.markup import Page

        written = encode(article.article_id)
        answer = self.get(reverse("catalog:product", args=[article.article_id]))
        if answer.status_code == 200:
            page = Page(answer)
            self.served.prices[article.article_id] = next((p.text for p in page.all("p", class_="price")), "")
            self.served.names[article.article_id] = page.one("h1").text
        self.get(f"/p/{written}/like/")
        self.get(f"/img/{written}.jpg")
        self.get(f"/api/v1/articles/{written}")
        self.get(f"/api/v1/articles/{written}/similar")
        self.get("/search", (200, 302), q=article.article_id)
        if word := longest_word(article.prod_name):
            self.get("/search", (200, 302), q=word)
            if article.article_id not in self.found_by(word):
                self.served.problems.append(f"search for {word!r} does not find {article.article_id!r}")

    def found_by(self, word: str) -> set[str]:
        found: set[str] = set()
        page = pages = 1
        while page <= pages:
            said = self.get("/api/v1/search", q=word, page=str(page)).json()
            found |= {item["article_id"] for item in said["items"]}
            page, pages = page + 1, said["pages"]
        return found

    def of_a_customer(self, customer: str) -> None:
        from django.contrib.auth.models import User
        from django.test import Client

        from accounts.models import CustomerProfile

        user = User.objects.create_user(f"customer-{len(self.served.lists)}")
        CustomerProfile.objects.create(user=user, customer_id=customer)
        client = Client(headers={"Host": "localhost"}, raise_request_exception=False)
        client.force_login(user)
        self.get("/", client=client)
        said = self.get("/api/v1/recommendations", client=client).json()
        self.served.lists[customer] = [item["article_id"] for item in said["items"]]
        if any(not item["in_stock"] for item in said["items"]):
            self.served.problems.append(f"{customer!r} is recommended what is sold out")


def main() -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps(asdict(check_storefront(Workspace.from_env()))) + "\n")


if __name__ == "__main__":
    main()
