"""Spelling: the words that a shopper meant, by a noisy channel.

Only a word that nothing explains is put right: no article holds it, no synonym has it, and it is no plain word of the
shoppers' language. A candidate costs its slips (optimal string alignment: a swap of neighbours is one) less what speaks
for it: how many articles hold it and whether it names a kind, colour or department. Among candidates of all such words
together those win that the most articles hold with the rest of the query.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import nsmallest
from itertools import islice, product
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from recsys_core.search.analysis import MAX_QUERY_WORDS, tokens, words
from recsys_core.serving.search.files import SearchFiles

SHORTEST_WORD = 3
"""Letters of a word that may be a slip. Of so few only those of a kind or colour in another order are one."""
MIN_LENGTH_FOR_TWO_EDITS = 7
"""Letters from which on two slips are forgiven."""
OTHER_INITIAL_PENALTY = 0.5
"""Slips that another first letter counts more: people seldom miss that one."""
SWAP_BONUS = 0.2
"""Slips that the same letters in another order count less."""
LEFT_OUT_BONUS = 0.2
"""Slips that a word counts less of which letters were only left out."""
RARITY_WEIGHT = 0.12
"""Slips that a word counts less for each e-fold more articles that hold it, alone or with the rest of the query."""
NAMED_VALUE_BONUS = 0.3
"""Slips that the word of a kind, colour or department, or one with synonyms, counts less."""
HIGHEST_COST, HIGHEST_COST_OF_LONG = 1.0, 1.5
"""Slips, less what speaks for it, beyond which a word is not taken for another; of one with two slips forgiven."""
BEGUN_SLIPS = 0.5
"""Slips that a word costs of which only the beginning was typed."""
FAR_MORE_ARTICLES = 20
"""Times as many articles as hold a word that the catalogue itself misspelt."""
MAX_CANDIDATES = 5
MAX_WRONG_WORDS = 3
"""Words put right together; with more of them each alone."""
MAX_COMBINATIONS = 25
"""Combinations of candidates that are compared by the articles that hold them: those of the lowest costs."""
MAX_CACHED_WORDS = 50_000
"""Words whose candidates are kept; queries repeat."""
MAX_CACHED_TEXTS = 5_000
"""Queries that are kept as they were put right."""


class Candidate(NamedTuple):
    """A word that may be meant, and what that costs in slips."""

    cost: float
    word: str


class Spelling:
    """Puts queries right by the words of a release.

    ``is_term`` says whether the text search knows a token, ``n_holding`` how many articles hold all words of a query.
    ``other_words`` are known beside the catalogue's (synonyms), each with the number of articles that it finds.
    """

    def __init__(
        self,
        files: SearchFiles,
        is_term: Callable[[str], bool],
        n_holding: Callable[[str], int],
        other_words: Mapping[str, int] | None = None,
    ) -> None:
        other = other_words or {}
        self.counts = {**files.counts, **{word: max(n, files.counts.get(word, 0)) for word, n in other.items()}}
        self._named_words = files.named_words
        self._named = frozenset(self._named_words) | other.keys()
        self._plain = files.plain_words
        self._words = sorted(word for word in self.counts if len(word) >= SHORTEST_WORD and not word.isdigit())
        self._is_term = is_term
        self._n_holding = n_holding
        self.candidates = lru_cache(MAX_CACHED_WORDS)(self._candidates)
        self.corrected = lru_cache(MAX_CACHED_TEXTS)(self._corrected)
        self.completing = lru_cache(MAX_CACHED_WORDS)(self._completing)

    def _corrected(self, text: str) -> str:
        """``text`` with each word that nothing explains put right, as far as one is near; else unchanged."""
        typed = words(text)[:MAX_QUERY_WORDS]
        meant = self._joined(typed)
        wrong = [at for at, word in enumerate(meant) if not self.is_known(word)]
        found = {at: options for at in wrong if (options := self._options(meant[at]))}
        best = self._likeliest(meant, found) if len(found) <= MAX_WRONG_WORDS else {at: found[at][0] for at in found}
        meant = [best[at].word if at in best else word for at, word in enumerate(meant)]
        return text if meant == typed else " ".join(meant)

    def proposed(self, word: str) -> str | None:
        """The nearest word of the catalogue to a plain word that it lacks; to be offered, not to be put in."""
        near = [each for each in self._near(word) if each.word != word]
        return near[0].word if near and len(word) > SHORTEST_WORD else None

    def usual_form(self, word: str) -> str | None:
        """The word of a kind or colour of which a rare word of the catalogue is a slip: bikni. The rare one stays."""
        if len(word) <= SHORTEST_WORD or word in self._plain or word in self._named:
            return None
        n_articles = self.counts.get(word, 1)
        near = [each.word for each in self.candidates(word) if each.word in self._named and each.word != word]
        usual = near[0] if near and OSA.distance(word, near[0]) == 1 else None
        return usual if usual and self.counts.get(usual, 0) >= FAR_MORE_ARTICLES * n_articles else None

    def is_known(self, word: str) -> bool:
        """True if something explains the word as it is written."""
        if len(word) < SHORTEST_WORD or word.isdigit() or word in self.counts or word in self._plain:
            return True
        return all(map(self._is_term, tokens(word)))

    def beginning_with(self, beginning: str) -> Iterator[str]:
        """Known words that begin like that, ascending."""
        for at in range(bisect_left(self._words, beginning), len(self._words)):
            if not self._words[at].startswith(beginning):
                return
            yield self._words[at]

    def _likeliest(self, meant: Sequence[str], found: Mapping[int, Sequence[Candidate]]) -> dict[int, Candidate]:
        """Of each word that is wrong the candidate with which the whole query is likeliest."""
        if not found:
            return {}
        if len(meant) == 1:
            return {at: options[0] for at, options in found.items()}

        def cost(chosen: tuple[Candidate, ...]) -> float:
            instead = dict(zip(found, chosen, strict=True))
            text = " ".join(instead[at].word if at in instead else word for at, word in enumerate(meant))
            return _cost_of_all(chosen) - RARITY_WEIGHT * math.log1p(self._n_holding(text))

        combinations = list(product(*found.values()))
        if len(combinations) > MAX_COMBINATIONS:
            combinations = nsmallest(MAX_COMBINATIONS, combinations, key=_cost_of_all)
        best = min(combinations, key=cost)
        return dict(zip(found, best, strict=True))

    def _options(self, word: str) -> list[Candidate]:
        """Candidates for a word that nothing explains, the likeliest first.

        A word that likely ones begin with is still being typed: it becomes one of those or stays.
        """
        near = self._near(word)
        begun = min((self._costing(word, each, BEGUN_SLIPS) for each in self.beginning_with(word)), default=None)
        if begun and (not near or begun.cost <= near[0].cost):
            return [each for each in near if each.word.startswith(word)]
        parted = self._parted(word) if not near else None
        return [Candidate(0.0, parted)] if parted else near

    def _near(self, word: str) -> list[Candidate]:
        highest = HIGHEST_COST_OF_LONG if len(word) >= MIN_LENGTH_FOR_TWO_EDITS else HIGHEST_COST
        return [each for each in self.candidates(word) if each.cost <= highest]

    def _candidates(self, word: str) -> Sequence[Candidate]:
        """The likeliest words within the slips allowed."""
        allowed = 2 if len(word) >= MIN_LENGTH_FOR_TWO_EDITS else 1
        near = process.extract(word, self._words, scorer=OSA.distance, score_cutoff=allowed, limit=None)
        if len(word) <= SHORTEST_WORD:
            near = [each for each in near if each[0] in self._named and sorted(each[0]) == sorted(word)]
        return sorted(self._costing(word, found, slips) for found, slips, _ in near)[:MAX_CANDIDATES]

    def _completing(self, beginning: str) -> str | None:
        """The word of a kind, colour or department whose beginning is the nearest; for what is still being typed."""
        if len(beginning) <= SHORTEST_WORD or self.is_known(beginning):
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
        cost = slips - NAMED_VALUE_BONUS * (word in self._named)
        cost -= RARITY_WEIGHT * math.log(self.counts.get(word, 0) or 1)
        cost -= LEFT_OUT_BONUS * _are_letters_of(typed, word)
        return Candidate(
            cost + OTHER_INITIAL_PENALTY * (word[0] != typed[0]) - SWAP_BONUS * (sorted(word) == sorted(typed)), word
        )

    def _parted(self, word: str) -> str | None:
        """Two known words that were written as one, which some article holds together; of several the most held."""
        cuts = range(SHORTEST_WORD, len(word) - SHORTEST_WORD + 1)
        pairs = [(word[:cut], word[cut:]) for cut in cuts]
        known = [f"{first} {second}" for first, second in pairs if first in self.counts and second in self.counts]
        held = [(self._n_holding(pair), pair) for pair in islice(known, MAX_CANDIDATES)]
        n_articles, best = max(held, default=(0, ""))
        return best if n_articles else None

    def _joined(self, typed: Sequence[str]) -> list[str]:
        """Neighbours that are one word of the catalogue, where it does not know them side by side: sun glasses."""
        meant: list[str] = []
        for word in typed:
            both = f"{meant[-1]}{word}" if meant else ""
            if both in self.counts and len(word) > 1 and len(meant[-1]) > 1 and self._is_one(meant[-1], word, both):
                meant[-1] = both
            else:
                meant.append(word)
        return meant

    def _is_one(self, first: str, second: str, both: str) -> bool:
        return not self._is_term(" ".join(tokens(f"{first} {second}"))) and self._n_holding(both) > self._n_holding(
            f"{first} {second}"
        )


def _cost_of_all(chosen: Iterable[Candidate]) -> float:
    return sum(each.cost for each in chosen)


def _are_letters_of(typed: str, word: str) -> bool:
    """True if the word has all typed letters in their order."""
    rest = iter(word)
    return len(typed) < len(word) and all(letter in rest for letter in typed)
