"""The guard: a release whose lists differ from the live ones more than a day explains does not go live by itself.

It finds faults of the data, whatever models made the lists: prices in cents, half of the articles missing, a department
gone, one list for everybody, no stock. The bounds stand in ``mlflow/promotion.yaml``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from recsys_core.promotion.list_health import ListHealth, ReleaseLists, changed_wholly, list_health, repriced
from recsys_core.release.pointer import ReleaseInfo
from recsys_core.section import Section
from recsys_core.serving.first_release import is_first


class Guard(Section):
    """Largest distance of a release from the live one, figure by figure."""

    enabled: bool = True
    articles: float = Field(0.8, ge=0, le=1)
    """Least number of articles, as a share of the live release's: shops take out articles step by step."""
    customers: float = Field(0.9, ge=0, le=1)
    """Least number of lists, as a share: customers stay known, but for deletions."""
    in_stock: float = Field(0.5, ge=0, le=1)
    """Least share of articles in stock, as a share: stock halves in no night, but an inventory file may be cut off."""
    changed: float = Field(0.5, ge=0, le=1)
    """Largest share of customers whose list has no article of the live one: new models change few lists wholly, a
    model of another vocabulary changes most."""
    distinct: float = Field(0.5, ge=0, le=1)
    """Least share of different lists, as a share: fewer means that lists are no longer personal."""
    coverage: float = Field(0.5, ge=0, le=1)
    """Least share of the catalogue that is shown, as a share."""
    concentration: float = Field(0.1, ge=0, le=1)
    """Largest rise of the Gini coefficient of the places."""
    price: float = Field(2.0, ge=1)
    """Largest factor, up or down, between the median prices of the places: sales lower prices by less, a wrong unit
    changes them by 100."""
    repriced: float = Field(0.05, ge=0, le=1)
    """Largest share of the places with an article whose price is more than five times that of the live release, or
    less than a fifth: part of the purchases came in another unit."""
    cold: float = Field(0.2, ge=0, le=1)
    """Largest rise of the share of customers without purchases: if it is more, purchases are missing or ids changed."""
    department: float = Field(0.25, ge=0, le=1)
    """Least share of the places of a department, as a share. It is not asked of departments below
    ``department_places``."""
    department_places: float = Field(0.02, ge=0, le=1)
    """Share of the places from which on a department is looked at."""
    dropped: float = Field(0.25, ge=0, le=1)
    """Largest rise of the share of candidates that a rule drops."""


@dataclass(frozen=True)
class GuardReport:
    """Comparison of a release with the live one."""

    now: ListHealth
    before: ListHealth
    changed: float
    """Share of the customers of both whose lists have nothing in common."""
    repriced: float
    """Share of the places with an article of both whose price moved by more than a factor of 5."""
    stops: tuple[str, ...]
    """Reasons why the release does not go live by itself; none if it may."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "now": self.now.as_dict(),
            "before": self.before.as_dict(),
            "changed": self.changed,
            "repriced": self.repriced,
        }


def guard_report(
    guard: Guard, release: ReleaseInfo, live: ReleaseInfo | None, lists: ReleaseLists | None = None
) -> GuardReport | None:
    """The comparison with the live release. ``lists`` are the release's where the caller has them open.

    None if the guard is off, if nothing is live or a first release is, or if the release is live itself.
    """
    if not guard.enabled or live is None or is_first(live.manifest) or live.id == release.id:
        return None
    return compare_releases(guard, release, live, lists)


def compare_releases(
    guard: Guard, release: ReleaseInfo, other: ReleaseInfo, lists: ReleaseLists | None = None
) -> GuardReport:
    """The comparison of any two releases. ``lists`` are those of ``release`` where the caller has them open."""
    lists, others = lists or ReleaseLists(release), ReleaseLists(other)
    now, before = list_health(lists), list_health(others)
    changed, odd = changed_wholly(lists, others), repriced(lists, others)
    stops = [*_stops(guard, now, before, other.id)]
    if odd > guard.repriced:
        prices = f"a price more than five times that of {other.id}, or a fifth"
        stops.append(f"{odd:.1%} of the places have {prices}, {guard.repriced:.0%} may")
    if changed > guard.changed:
        without = f"a list without an article of {other.id}"
        stops.append(f"{changed:.1%} of the customers have {without}, {guard.changed:.0%} may")
    return GuardReport(now, before, changed, odd, tuple(stops))


def _stops(guard: Guard, now: ListHealth, before: ListHealth, live: str) -> Iterator[str]:
    for what, mine, theirs, share in (
        ("articles", now.articles, before.articles, guard.articles),
        ("lists", now.customers, before.customers, guard.customers),
    ):
        if mine < share * theirs:
            yield f"{mine:,} {what}, {live} has {theirs:,}, at least {share:.0%} of them are asked"
    for what, part, of_live, share in (
        ("of the articles are in stock", now.in_stock, before.in_stock, guard.in_stock),
        ("of the lists differ from others", now.distinct, before.distinct, guard.distinct),
        ("of the catalogue is shown", now.coverage, before.coverage, guard.coverage),
        *_departments(guard, now, before),
    ):
        if part < share * of_live:
            yield f"{part:.1%} {what}, in {live} {of_live:.1%}, at least {share:.0%} of that is asked"
    dropped = "of the candidates are dropped by the rule"
    for what, part, of_live, rise in (
        ("of the customers have bought nothing", now.cold, before.cold, guard.cold),
        *((f"{dropped} {rule}", *both, guard.dropped) for rule, both in _rules(now, before)),
    ):
        if part > of_live + rise:
            yield f"{part:.1%} {what}, in {live} {of_live:.1%}, {rise:.0%} more are allowed"
    if now.gini > before.gini + guard.concentration:
        more = f"{guard.concentration:g} more is allowed"
        yield f"a Gini coefficient of {now.gini:.3f}, {live} has {before.gini:.3f}, {more}"
    if now.price and before.price and not 1 / guard.price <= now.price / before.price <= guard.price:
        factor = f"a factor of {guard.price:g} is allowed"
        yield f"a median price of {now.price:.6g}, {live} has {before.price:.6g}, {factor}"


def _departments(guard: Guard, now: ListHealth, before: ListHealth) -> Iterator[tuple[str, float, float, float]]:
    for name, of_live in before.departments.items():
        if of_live >= guard.department_places:
            yield (
                f"of the places are of the department {name}",
                now.departments.get(name, 0.0),
                of_live,
                guard.department,
            )


def _rules(now: ListHealth, before: ListHealth) -> Iterator[tuple[str, tuple[float, float]]]:
    for rule, share in now.dropped.items():
        if rule in before.dropped:
            yield rule, (share, before.dropped[rule])
