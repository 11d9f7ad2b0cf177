"""A snapshot from a handful of purchases, without Spark: for tests of everything that reads snapshots.

Columns follow ``contracts/features.py``, computed row by row in plain Python: slow, short, and easy to check by eye.
A column that a test states itself wins over the computed one.
"""

import datetime as dt
import hashlib
import json
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.config import Config
from recsys_core.contracts import features as contract
from recsys_core.contracts.columns import ARTICLE_COLUMNS, KEY_ATTRIBUTES, PRODUCT_CODE, age_interval
from recsys_core.features.arrays import History, Preference, Purchases
from recsys_core.features.snapshot import UNKNOWN, Snapshot
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.store.arrays import save_arrays
from recsys_core.store.artifacts import Artifact, ArtifactSpec, ArtifactStore
from recsys_core.workspace import Workspace, flip_link

CUTOFF = dt.date(2020, 9, 20)
CHILDREN = "Baby/Children"
ONLINE = 2
Row = dict[str, Any]


class Purchase(NamedTuple):
    """``days_ago`` counts back from ``CUTOFF``: 1 is the day before it, 0 and less is the label window."""

    customer: str
    article: str
    days_ago: int
    price: float = 0.05
    channel: int = ONLINE


@dataclass(frozen=True)
class FixtureShop:
    """Purchases, and what is stated of articles and customers beyond the defaults, by id."""

    purchases: Sequence[Purchase]
    articles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Every article stated or ever bought exists."""
    customers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Customers with a profile; buyers without one exist too, from their first purchase on."""

    def snapshot(self, root: Path, cutoff: dt.date = CUTOFF) -> Snapshot:
        """The snapshot as of ``cutoff`` in a workspace below ``root``."""
        spec = ArtifactSpec(f"features/cutoff={cutoff}", 0, {}, {"shop": self._digest()})
        return Snapshot.open(self.write_snapshot(ArtifactStore(Workspace(root)), spec, cutoff).path)

    def plan(self, root: Path, config: Config | None = None) -> BuildPlan:
        """A workspace with tables, and the snapshots of ``CUTOFF`` and of its training cut-offs."""
        workspace = Workspace(root)
        tables = self._write_tables(ArtifactStore(workspace))
        flip_link(workspace.root / "tables" / "current", tables.key)
        plan = BuildPlan.of_current_tables(workspace, config or Config(), CUTOFF)
        for cutoff in (CUTOFF, *(train.cutoff for train in plan.train_cutoffs)):
            self.write_snapshot(plan.store, snapshot_spec(plan.at(cutoff)), cutoff)
        return plan

    def write_snapshot(self, store: ArtifactStore, spec: ArtifactSpec, cutoff: dt.date) -> Artifact:
        if store.find(spec) is None:
            past = [p for p in self.purchases if _days_ago(p, cutoff) > 0]
            with store.build(spec) as draft:
                _Writer(draft.path, self, past, cutoff).write()
        return store.require(spec)

    @cached_property
    def catalogue(self) -> Mapping[str, Row]:
        """Articles by ascending id in Kaggle's columns: each of one kind and a product of its own unless stated."""
        defaults: Row = dict.fromkeys(ARTICLE_COLUMNS, "one")
        return {
            article_id: defaults
            | {"product_code": article_id, "article_id": article_id}
            | dict(self.articles.get(article_id, {}))
            for article_id in sorted({*self.articles, *(p.article for p in self.purchases)})
        }

    def _digest(self) -> str:
        stated = [self.purchases, self.articles, self.customers]
        return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()

    def _write_tables(self, store: ArtifactStore) -> Artifact:
        spec = ArtifactSpec("tables", 0, {}, {"shop": self._digest()})
        if store.find(spec) is None:
            bought = sorted((_day(p), p.customer, p.article, p.price, p.channel) for p in self.purchases)
            names = ("t_dat", "customer_id", "article_id", "price", "sales_channel_id")
            columns = [pa.array(column) for column in zip(*bought, strict=True)]
            days = [day.isoformat() for day, *_ in bought]
            with store.build(spec) as draft:
                _write(draft.path / "transactions", pa.table(columns, names=names))
                draft.summary |= {"rows_in": len(days), "accepted": len(days), "quarantined": 0}
                draft.summary |= {"articles": len(self.catalogue), "transactions": len(days)}
                draft.summary |= {"customers": len({*self.customers, *(p.customer for p in self.purchases)})}
                draft.summary |= {"first_day": days[0], "last_day": days[-1]}
                draft.summary |= {"rows_per_day": dict(Counter(days))}
        return store.require(spec)


@dataclass(frozen=True)
class _Writer:
    """One snapshot folder in the making."""

    folder: Path
    shop: FixtureShop
    past: Sequence[Purchase]
    cutoff: dt.date

    def write(self) -> None:
        customer_ids = sorted({*self.shop.customers, *(p.customer for p in self.past)})
        articles = list(self.shop.catalogue.values())
        self._table(contract.CUSTOMERS, map(self._customer, range(len(customer_ids)), customer_ids), _customer_schema())
        self._table(contract.ARTICLES, map(self._article, range(len(articles)), articles), _article_schema())
        bought = {customer: self._bought_by(customer) for customer in customer_ids}
        self._purchases(bought)
        for attribute in KEY_ATTRIBUTES:
            self._preferences(attribute, bought)
        for item, column in (("article", "article_id"), ("product", PRODUCT_CODE)):
            self._history(item, column, bought)

    def _arrays(self, name: str, of: Callable[..., Any], starts: Sequence[int], *columns: Any) -> None:
        """Write arrays whose rows begin with each customer at ``starts``, the last of which is the end."""
        made = of(*columns, start=np.array([*starts, starts[-1]], np.int64))
        save_arrays(self.folder / contract.ARRAYS / name, **vars(made))

    def _table(self, name: str, rows: Iterable[Row], schema: pa.Schema) -> None:
        _write(self.folder / name, pa.Table.from_pylist(list(rows), schema))

    def _customer(self, idx: int, customer_id: str) -> Row:
        own = self._by_customer.get(customer_id, [])
        days = [_days_ago(p, self.cutoff) for p in own]
        recent, last = self._within(own, 30), self._on_last_day(own)
        stated = dict(self.shop.customers.get(customer_id, {}))
        children = [self.shop.catalogue[p.article]["index_group_name"] == CHILDREN for p in own]
        computed = {
            "customer_idx": idx,
            "customer_id": customer_id,
            "age_interval": age_interval(stated.get("age")),
            "fn": 0.0,
            "active": 0.0,
            "has_profile": customer_id in self.shop.customers,
            **{f"articles_{w}d": len(self._within(own, w)) for w in contract.WINDOWS},
            **{f"spend_{w}d": sum(p.price for p in self._within(own, w)) for w in contract.WINDOWS},
            "articles_all": len(own),
            "spend_all": sum(p.price for p in own),
            "shopping_days_all": len(set(days)),
            "days_since_last": _or_null(min, days),
            "days_since_first": _or_null(max, days),
            "articles_last": len(last),
            **{f"median_price_{w}d": _median_price(self._within(own, w)) for w in (7, 30, 90)},
            "median_price_last": _median_price(last),
            "median_price_all": _median_price(own),
            "min_price_all": _or_null(min, [p.price for p in own]),
            "max_price_all": _or_null(max, [p.price for p in own]),
            "online_share_all": _online_share(own),
            "online_share_30d": _online_share(recent),
            "online_share_last": _online_share(last),
            "children_share_all": _or_null(statistics.mean, [float(is_child) for is_child in children]),
            "distinct_articles_all": len({p.article for p in own}),
            **{
                f"distinct_{name}_all": len({self.shop.catalogue[p.article][name] for p in own} - {None})
                for name in contract.DIVERSITY_ATTRIBUTES
            },
        }
        return computed | stated

    def _article(self, idx: int, article: Row) -> Row:
        own = self._by_article.get(article["article_id"], [])
        days = [_days_ago(p, self.cutoff) for p in own]
        days_of = {c: {p.days_ago for p in bought} for c, bought in _grouped(own, "customer").items()}
        ages = [self.shop.customers.get(p.customer, {}).get("age") for p in own]
        computed = {
            "article_idx": idx,
            **{f"sold_{w}d": len(self._within(own, w)) for w in contract.WINDOWS},
            "sold_all": len(own),
            **{f"votes_{w}d": sum(map(self._basket_share, self._within(own, w))) for w in contract.WINDOWS},
            "votes_all": sum(map(self._basket_share, own)),
            **{f"buyers_{w}d": len({p.customer for p in self._within(own, w)}) for w in (7, 30)},
            "buyers_all": len(days_of),
            "repeat_buyers_all": sum(len(on) > 1 for on in days_of.values()),
            "days_since_last_sale": _or_null(min, days),
            "days_since_first_sale": _or_null(max, days),
            "price_last": _or_null(
                statistics.mean, [p.price for p, d in zip(own, days, strict=True) if d == min(days)]
            ),
            **{f"price_mean_{w}d": _mean_price(self._within(own, w)) for w in (7, 30)},
            "price_mean_all": _mean_price(own),
            "price_max_all": _or_null(max, [p.price for p in own]),
            **{f"online_share_{w}d": _online_share(self._within(own, w)) for w in (7, 30)},
            "online_share_all": _online_share(own),
            "buyer_age_mean": _or_null(statistics.mean, [float(age) for age in ages if age is not None]),
        }
        for prefix, column in contract.SALES_GROUPS.items():
            sold = {w: self._sold_of_groups[column, article[column], w] for w in contract.SALES_GROUP_WINDOWS}
            computed |= {f"{prefix}_sold_{w}d": n for w, n in sold.items()}
        return computed | article

    @cached_property
    def _by_customer(self) -> Mapping[str, list[Purchase]]:
        return _grouped(self.past, "customer")

    @cached_property
    def _by_article(self) -> Mapping[str, list[Purchase]]:
        return _grouped(self.past, "article")

    @cached_property
    def _sold_of_groups(self) -> Counter[tuple[str, Any, int]]:
        """Purchases by the column of a sales group, its value and the window."""
        return Counter(
            (column, self.shop.catalogue[p.article][column], window)
            for window in contract.SALES_GROUP_WINDOWS
            for p in self._within(self.past, window)
            for column in contract.SALES_GROUPS.values()
        )

    def _bought_by(self, customer: str) -> list[Purchase]:
        own = self._by_customer.get(customer, [])
        return sorted(own, key=lambda p: (-p.days_ago, p.article, p.price, p.channel))

    def _purchases(self, bought: Mapping[str, Sequence[Purchase]]) -> None:
        article_idx = {article_id: idx for idx, article_id in enumerate(self.shop.catalogue)}
        rows = [(idx, p) for idx, own in enumerate(bought.values()) for p in own]
        self._arrays(
            "purchases",
            Purchases,
            _starts(bought.values()),
            np.array([idx for idx, _ in rows], np.int32),
            np.array([article_idx[p.article] for _, p in rows], np.int32),
            np.array([_days_ago(p, self.cutoff) for _, p in rows], np.int32),
            np.array([p.price for _, p in rows], np.float32),
            np.array([self._basket_share(p) for _, p in rows], np.float32),
            np.array([p.channel == ONLINE for _, p in rows], bool),
        )

    def _basket_share(self, purchase: Purchase) -> float:
        basket = self._baskets[purchase.customer, purchase.days_ago]
        return 1 / (len(basket) * basket[purchase.article])

    @cached_property
    def _baskets(self) -> Mapping[tuple[str, int], Counter[str]]:
        """Units of each article by customer and day."""
        baskets: dict[tuple[str, int], Counter[str]] = {}
        for p in self.past:
            baskets.setdefault((p.customer, p.days_ago), Counter())[p.article] += 1
        return baskets

    def _preferences(self, attribute: str, bought: Mapping[str, Sequence[Purchase]]) -> None:
        values, groups = self._by_value(attribute, bought)
        rows = [(values.index(value), own, p) for own in groups for value, p in own.items()]
        units = [
            [*(len(self._within(p, w)) for w in contract.WINDOWS), len(self._on_last_day(_all(own), p)), len(p)]
            for _, own, p in rows
        ]
        made = np.array(units, np.int64).reshape(-1, len(contract.SPANS))
        self._arrays(
            f"preferences/{attribute}",
            lambda value, units, start: Preference(start, value, units),
            _starts(groups),
            np.array([value for value, _, _ in rows], np.int32),
            made.astype(np.min_scalar_type(made.max(initial=0))),
        )

    def _history(self, item: str, column: str, bought: Mapping[str, Sequence[Purchase]]) -> None:
        values, groups = self._by_value(column, bought)
        rows = [(values.index(value), own, p) for own in groups for value, p in own.items()]
        counts = [
            (
                len(p),
                min(_days_ago(each, self.cutoff) for each in p),
                len(self._on_last_day(_all(own), p)),
                len({each.days_ago for each in p}),
                max(_days_ago(each, self.cutoff) for each in p),
                *(len(self._within(p, w)) for w in (30, 90)),
            )
            for _, own, p in rows
        ]
        columns = np.array(counts, np.int64).reshape(-1, 7).T
        self._arrays(
            f"history/{item}",
            lambda *columns, start: History(start, *columns),
            _starts(groups),
            np.array([value for value, _, _ in rows], np.int32),
            *(each.astype(np.min_scalar_type(each.max(initial=0))) for each in columns),
        )

    def _by_value(
        self, column: str, bought: Mapping[str, Sequence[Purchase]]
    ) -> tuple[list[str], list[dict[str, list[Purchase]]]]:
        """The sorted values of all articles, and of each customer the purchases by value."""
        value_of = {article_id: self._value(article_id, column) for article_id in self.shop.catalogue}
        groups = []
        for own in bought.values():
            values = sorted({value_of[p.article] for p in own})
            groups.append({value: [p for p in own if value_of[p.article] == value] for value in values})
        return sorted(set(value_of.values())), groups

    def _value(self, article_id: str, column: str) -> str:
        stated = self.shop.catalogue[article_id][column]
        if column == PRODUCT_CODE and stated in (None, "", UNKNOWN):
            return article_id
        return UNKNOWN if stated is None else str(stated)

    def _within(self, purchases: Iterable[Purchase], window: int) -> list[Purchase]:
        longest_ago = window + _days_before(self.cutoff)
        return [p for p in purchases if p.days_ago <= longest_ago]

    def _on_last_day(self, own: Sequence[Purchase], of: Sequence[Purchase] | None = None) -> list[Purchase]:
        """Those ``of`` the customer's ``own`` purchases (all by default) that were made on the last shopping day."""
        last = min((p.days_ago for p in own), default=None)
        return [p for p in (own if of is None else of) if p.days_ago == last]


def _starts(groups: Iterable[Sequence[Any] | Mapping[str, Any]]) -> list[int]:
    """The first row of each group, and the end."""
    return list(accumulate(map(len, groups), initial=0))


def _grouped(purchases: Iterable[Purchase], by: str) -> dict[str, list[Purchase]]:
    """Purchases by the value of one of their fields, each in the order given."""
    groups: dict[str, list[Purchase]] = {}
    for purchase in purchases:
        groups.setdefault(getattr(purchase, by), []).append(purchase)
    return groups


def _all(by_value: Mapping[str, Sequence[Purchase]]) -> list[Purchase]:
    return [p for own in by_value.values() for p in own]


def _day(purchase: Purchase) -> dt.date:
    return CUTOFF - dt.timedelta(days=purchase.days_ago)


def _days_ago(purchase: Purchase, cutoff: dt.date) -> int:
    return purchase.days_ago - _days_before(cutoff)


def _days_before(cutoff: dt.date) -> int:
    """Days from ``cutoff`` to ``CUTOFF``, from which purchases count back."""
    return (CUTOFF - cutoff).days


def _or_null(statistic: Callable[[list[Any]], Any], values: list[Any]) -> Any:
    return statistic(values) if values else None


def _median_price(purchases: Sequence[Purchase]) -> float | None:
    return statistics.median(p.price for p in purchases) if purchases else None


def _mean_price(purchases: Sequence[Purchase]) -> float | None:
    return statistics.mean(p.price for p in purchases) if purchases else None


def _online_share(purchases: Iterable[Purchase]) -> float | None:
    channels = [float(p.channel == ONLINE) for p in purchases]
    return statistics.mean(channels) if channels else None


def _schema(columns: Mapping[str, str]) -> pa.Schema:
    return pa.schema([(name, pa.type_for_alias(kind)) for name, kind in columns.items()])


def _customer_schema() -> pa.Schema:
    return _schema(contract.CUSTOMER_SNAPSHOT)


def _article_schema() -> pa.Schema:
    return _schema({**contract.ARTICLE_HISTORY, **dict.fromkeys(ARTICLE_COLUMNS, "string")})


def _write(folder: Path, table: pa.Table) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / "part-00000.parquet")
