import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import CustomerProfile
from orders.models import BagLine, Order
from recsys_core.serving import Release
from recsys_core.workspace import Workspace
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page
from wishlist.models import HiddenArticle, SavedArticle

pytestmark = pytest.mark.django_db
FIRST, SECOND = "0100000001", "0100000002"
NEWCOMER = {"first_name": "Edda", "username": "edda", "password1": "x-long-pass-9", "password2": "x-long-pass-9"}
PASSWORD = {"password": "a-long-password"}


class TestSaved:
    def test_a_heart_saves_and_gives_up_again(self, signed_in: Client) -> None:
        signed_in.post("/account/saved/change", {"article": FIRST})
        signed_in.post("/account/saved/change", {"article": SECOND})
        assert Page(signed_in.get("/account/saved/")).articles() == [SECOND, FIRST]
        (heart,) = Page(signed_in.get(f"/p/{FIRST}/")).all("button", class_="heart", value=FIRST)
        assert heart["aria-pressed"] == "true"
        signed_in.post("/account/saved/change", {"article": FIRST})
        assert Page(signed_in.get("/account/saved/")).articles() == [SECOND]

    def test_a_guest_saves_too_and_keeps_it_at_sign_in(self, client: Client, customer: Customer) -> None:
        profile = customer()
        SavedArticle.objects.create(user=profile.user, article_id=SECOND)
        client.post("/account/saved/change", {"article": FIRST})
        assert Page(client.get("/account/saved/")).articles() == [FIRST]
        client.post("/account/sign-in/", {"username": "astrid", **PASSWORD})
        assert set(Page(client.get("/account/saved/")).articles()) == {FIRST, SECOND}
        assert "saved" not in client.session

    def test_for_htmx_the_answer_is_an_event(self, client: Client) -> None:
        answer = client.post("/account/saved/change", {"article": FIRST}, headers={"HX-Request": "true"})
        assert answer.status_code == 204
        assert answer["HX-Trigger"] == f'{{"savedChange": {{"article": "{FIRST}", "saved": true}}}}'

    def test_without_scripts_it_leads_back(self, client: Client) -> None:
        answer = client.post("/account/saved/change", {"article": FIRST, "next": "/c/?page=2"})
        assert answer["Location"] == "/c/?page=2"
        answer = client.post("/account/saved/change", {"article": FIRST, "next": "https://elsewhere.example/"})
        assert answer["Location"] == "/account/saved/"

    def test_nobody_sees_anothers(self, signed_in: Client, customer: Customer) -> None:
        signed_in.post("/account/saved/change", {"article": FIRST})
        other = Client()
        other.force_login(customer("Bruno", 1).user)
        assert Page(other.get("/account/saved/")).articles() == []

    def test_an_unknown_article_cannot_be_saved(self, client: Client) -> None:
        assert client.post("/account/saved/change", {"article": "0999999999"}).status_code == 404


class TestNotForMe:
    def test_it_leaves_the_feed_but_not_the_shop(self, signed_in: Client) -> None:
        first = Page(signed_in.get("/")).articles("grid")[0]
        signed_in.post("/account/not-for-me", {"article": first})
        assert first not in Page(signed_in.get("/")).articles("grid")
        assert signed_in.get(f"/p/{first}/").status_code == 200

    def test_who_hides_the_whole_list_sees_the_next_tier(self, signed_in: Client, release: Release) -> None:
        profile = CustomerProfile.objects.get()
        own = release.lists.for_customer(profile.customer_id)
        assert own is not None
        for article in release.catalogue.articles(own.article_idx):
            HiddenArticle.objects.create(user=profile.user, article_id=article.article_id)
        answer = signed_in.get("/")
        assert answer["X-Fallback-Tier"] == "segment"
        assert Page(answer).articles("grid")

    def test_it_can_be_taken_back(self, signed_in: Client) -> None:
        first = Page(signed_in.get("/")).articles("grid")[0]
        signed_in.post("/account/not-for-me", {"article": first})
        assert first in Page(signed_in.get("/account/preferences/")).articles()
        signed_in.post("/account/not-for-me", {"article": first, "again": "1"})
        assert Page(signed_in.get("/")).articles("grid")[0] == first

    def test_guests_have_to_sign_in(self, client: Client) -> None:
        assert client.post("/account/not-for-me", {"article": FIRST}).status_code == 302
        assert not HiddenArticle.objects.exists()


class TestPreferences:
    def test_the_feed_keeps_to_the_collections_chosen(self, signed_in: Client, release: Release) -> None:
        chosen = {"collections": ["Menswear"], "age_interval": "20-24"}
        signed_in.post("/account/preferences/", chosen)
        shown = Page(signed_in.get("/")).articles("grid")
        rows = [release.catalogue.index_of(article_id) for article_id in shown]
        groups = {article.index_group_name for article in release.catalogue.articles(filter(None, rows))}
        assert groups == {"Menswear"}

    def test_none_chosen_is_all(self, signed_in: Client) -> None:
        before = Page(signed_in.get("/")).articles("grid")
        signed_in.post("/account/preferences/", {"age_interval": "20-24"})
        assert Page(signed_in.get("/")).articles("grid") == before

    def test_a_collection_that_does_not_exist_is_refused(self, signed_in: Client) -> None:
        signed_in.post("/account/preferences/", {"collections": ["Spacewear"], "age_interval": "20-24"})
        assert CustomerProfile.objects.get().collections == []


class TestSignUp:
    def test_a_new_shopper_sees_what_the_age_likes(self, client: Client) -> None:
        client.post("/account/saved/change", {"article": FIRST})
        answer = client.post("/account/sign-up/", NEWCOMER | {"age_interval": "30-34"}, follow=True)
        assert answer["X-Fallback-Tier"] == "segment"
        assert "ages 30–34" in Page(answer).one("main").text
        profile = CustomerProfile.objects.get()
        assert (profile.age_interval, len(profile.customer_id)) == ("30-34", 64)
        assert Page(client.get("/account/saved/")).articles() == [FIRST]

    def test_the_age_may_stay_unsaid(self, client: Client) -> None:
        client.post("/account/sign-up/", NEWCOMER)
        assert CustomerProfile.objects.get().age_interval == "unknown"

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"password2": "other-pass-9"}, "match"),
            ({"username": ""}, "required"),
            ({"password1": "123", "password2": "123"}, "short"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(self, client: Client, wrong: dict[str, str], said: str) -> None:
        answer = client.post("/account/sign-up/", NEWCOMER | wrong)
        assert answer.status_code == 422
        assert any(said in p.text for p in Page(answer).all("p", class_="error"))
        assert not get_user_model().objects.exists()

    def test_it_does_not_lead_elsewhere(self, client: Client) -> None:
        answer = client.post("/account/sign-up/", NEWCOMER | {"next": "https://elsewhere.example/"})
        assert answer["Location"] == "/"


class TestDelete:
    def test_everything_goes_and_the_pipeline_is_told(self, signed_in: Client, shop: Settings) -> None:
        profile = CustomerProfile.objects.get()
        signed_in.post("/account/saved/change", {"article": FIRST})
        signed_in.post("/account/not-for-me", {"article": SECOND})
        signed_in.post("/bag/add", {"article": FIRST})
        signed_in.post("/account/delete/", PASSWORD)
        for model in (get_user_model(), CustomerProfile, SavedArticle, HiddenArticle, BagLine, Order):
            assert not model.objects.exists(), model
        assert profile.customer_id in Workspace(shop.RECSYS_WORKSPACE).erasures()
        assert Page(signed_in.get("/")).one("h1").text != "For you, Astrid"

    def test_not_without_the_password(self, signed_in: Client) -> None:
        answer = signed_in.post("/account/delete/", {"password": "guessed"})
        assert answer.status_code == 422
        assert get_user_model().objects.exists()
