"""Spelling: the catalogue's word that a shopper meant, by a noisy channel.

A word costs its slips (optimal string alignment: a swap of neighbours is one) less what speaks for it: how many
articles hold it, whether it is the name of a kind, colour or department, and whether it stands beside its neighbour in
the catalogue. What was typed is its own candidate without a slip, so a known word gives way only to one that is far
likelier.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from recsys_core.search.analysis import tokens, words
from recsys_core.serving.arrays import read_json

SHORTEST, SHORTEST_KNOWN = 3, 4
"""Letters of a word that is put right: of one that no article holds, and of one that some do."""
MIN_LENGTH_FOR_TWO_EDITS = 7
"""Letters from which on two slips are forgiven."""
OTHER_INITIAL_PENALTY = 0.3
"""Slips that another first letter counts more: people seldom miss that one."""
SWAP_BONUS = 0.2
"""Slips that the same letters in another order count less."""
RARITY_WEIGHT = 0.12
"""Slips that a word counts less for each e-fold more articles that hold it."""
NAMED_VALUE_BONUS = 0.3
"""Slips that the word of a kind, colour or department counts less."""
AS_TYPED_BONUS = 0.5
"""Slips that a known word counts less than one that was not typed."""
NEIGHBOUR_WEIGHT = 0.6
"""Slips that a word counts less if the catalogue knows it beside its neighbour."""
MAX_CANDIDATES = 12
MAX_CACHED_WORDS = 50_000
"""Words whose candidates are kept, and pairs of words; queries repeat."""


class Candidate(NamedTuple):
    """A word of the catalogue that may be meant, and what that costs in slips."""

    cost: float
    word: str


class Spelling:
    """Puts queries right by the words of a release; ``is_term`` says whether the text search knows words in a row."""

    def __init__(self, folder: Path, is_term: Callable[[str], bool]) -> None:
        self._counts: dict[str, int] = read_json(folder / "words.json")
        self._named_words: list[str] = read_json(folder / "named_words.json")
        self._named = frozenset(self._named_words)
        self._words = [word for word in self._counts if len(word) >= SHORTEST and not word.isdigit()]
        self._is_term = is_term
        self._is_phrase = lru_cache(MAX_CACHED_WORDS)(self._is_phrase_of_the_catalogue)
        self.candidates = lru_cache(MAX_CACHED_WORDS)(self._candidates)
        self.completing = lru_cache(MAX_CACHED_WORDS)(self._completing)

    def corrected(self, text: str) -> str:
        """``text`` with each word that is hardly meant put right, as far as one is near; else unchanged."""
        typed = words(text)
        meant: list[str] = []
        for at, word in enumerate(typed):
            after = typed[at + 1] if at + 1 < len(typed) else ""
            meant.append(self._meant(word, meant[-1] if meant else "", after))
        return text if meant == typed else " ".join(meant)

    def _meant(self, word: str, before: str, after: str) -> str:
        known = self._is_known(word)
        if (
            word.isdigit()
            or len(word) < (SHORTEST_KNOWN if known else SHORTEST)
            or (known and word not in self._counts)
        ):
            return word
        found = [each for each in self.candidates(word) if known or each.word != word]
        best = min((self._among(each, before, after) for each in found), default=None)
        return best.word if best else self._parted(word) or word

    def _among(self, candidate: Candidate, before: str, after: str) -> Candidate:
        pairs = (f"{before} {candidate.word}", f"{candidate.word} {after}")
        beside = any(self._is_phrase(pair) for pair in pairs if pair.strip() != candidate.word)
        return Candidate(candidate.cost - NEIGHBOUR_WEIGHT * beside, candidate.word)

    def _is_phrase_of_the_catalogue(self, words_in_a_row: str) -> bool:
        return self._is_term(" ".join(tokens(words_in_a_row)))

    def _is_known(self, word: str) -> bool:
        return word in self._counts or all(map(self._is_term, tokens(word)))

    def _candidates(self, word: str) -> Sequence[Candidate]:
        """The likeliest words within the slips allowed, itself among them if an article holds it."""
        allowed = 2 if len(word) >= MIN_LENGTH_FOR_TWO_EDITS else 1
        near = process.extract(word, self._words, scorer=OSA.distance, score_cutoff=allowed, limit=None)
        return sorted(self._costing(word, found, slips) for found, slips, _ in near)[:MAX_CANDIDATES]

    def _completing(self, beginning: str) -> str | None:
        """The word of a kind, colour or department whose beginning is the nearest; for what is still being typed."""
        if len(beginning) < SHORTEST_KNOWN:
            return None
        named = self._named_words
        lengths = (len(beginning), len(beginning) + 1)  # a letter wrong or too many, or one left out
        near = {
            named[at]
            for length in lengths
            for _, _, at in process.extract(
                beginning, [word[:length] for word in named], scorer=OSA.distance, score_cutoff=1, limit=None
            )
        }
        return min((self._costing(beginning, word, 1) for word in near), default=Candidate(0, "")).word or None

    def _costing(self, typed: str, word: str, slips: float) -> Candidate:
        cost = slips - RARITY_WEIGHT * math.log(self._counts.get(word, 1)) - NAMED_VALUE_BONUS * (word in self._named)
        if not slips:
            return Candidate(cost - AS_TYPED_BONUS, word)
        return Candidate(
            cost + OTHER_INITIAL_PENALTY * (word[0] != typed[0]) - SWAP_BONUS * (sorted(word) == sorted(typed)), word
        )

    def _parted(self, word: str) -> str | None:
        """Two known words that were written as one, that the catalogue knows side by side."""
        cuts = range(SHORTEST, len(word) - SHORTEST + 1)
        pairs = (f"{word[:cut]} {word[cut:]}" for cut in cuts)
        return next((pair for pair in pairs if self._is_phrase(pair)), None)
