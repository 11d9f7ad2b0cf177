"""Explanations of the articles on a page, in words that are true for the list they come from."""

from collections.abc import Iterator, Mapping
from typing import Final

from recsys_core.serving import Catalogue, RecommendationList

OWN_LIST: Final = {
    "popular": "Popular with customers like you",
    "repurchase": "You bought this before",
    "also_bought": "Bought by others who own what you own",
    "two_tower": "Matches your taste",
    "fallback": "To round off your selection",
    "similar_purchases": "Bought by the same people as what you own",
    "similar_attributes": "Similar to what you bought",
    "similar_images": "Looks like what you bought",
    "new_articles": "New in",
}
"""Explanations by reason code (``recsys_core.contracts.release.REASONS``)."""


OF_PURCHASE: Final = {
    "also_bought": "Because you bought {}",
    "similar_purchases": "Because you bought {}",
    "similar_attributes": "Similar to your {}",
    "similar_images": "Looks like your {}",
}
"""Explanations by reason code, where the source purchase is known."""


class ListReasons(Mapping[int, str]):
    """Explanation of each article of an own list, by article_idx; the words are made when a card asks for them."""

    def __init__(self, catalogue: Catalogue, own: RecommendationList) -> None:
        self._catalogue = catalogue
        self._own = own
        self._place = {idx: place for place, idx in enumerate(own.article_idx.tolist())}

    def __getitem__(self, article_idx: int) -> str:
        """Empty for a code of a later release that this site does not know: rather no reason than a wrong one."""
        place = self._place[article_idx]
        code = self._own.reasons[place]
        purchase = self._own.source_purchases[place] if self._own.source_purchases else -1
        if code in OF_PURCHASE and purchase >= 0:
            return OF_PURCHASE[code].format(self._catalogue.name(purchase))
        if code == "new_articles" and (collection := self._catalogue.collection(article_idx)):
            return f"New in {collection}"
        return OWN_LIST.get(code, "")

    def __iter__(self) -> Iterator[int]:
        return iter(self._place)

    def __len__(self) -> int:
        return len(self._place)
