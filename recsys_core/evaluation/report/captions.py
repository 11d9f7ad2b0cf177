"""Captions of the plots, written from the result so that text and metrics always agree."""

from collections.abc import Callable, Mapping
from typing import Any

from recsys_core.evaluation.report.formats import share, signed

Result = Mapping[str, Any]


def sentences(result: Result) -> dict[str, str]:
    """Captions by section of the report, for the sections that the result has data for."""
    said = {name: say(result) for name, say in _SAYINGS.items()}
    return {name: text for name, text in said.items() if text}


def _accuracy(result: Result) -> str:
    final = result["comparison"][0]
    best = result["best_baseline"]
    low, high = final["difference_interval"]
    verdict = "better than" if low > 0 else "worse than" if high < 0 else "not told apart from"
    return (
        f"The finished lists reach {result['map_at_12']:.4f} and are {verdict} the best simple list, "
        f"{best} at {result['baselines'][best]:.4f}: the difference on the same customers lies between "
        f"{signed(low)} and {signed(high)}."
    )


def _recall(result: Result) -> str:
    on = {name: retriever for name, retriever in result["retrievers"].items() if retriever["state"] == "on"}
    best = max(on, key=lambda name: on[name]["recall"]["100"])
    alone = max(on, key=lambda name: on[name]["only_here"])
    only = on[alone]["only_here"]
    unique = (
        f"{alone} finds most that no other retriever does ({share(only)})" if only else "none finds what no other does"
    )
    pool = result["union"]
    return (
        f"The {pool['candidates']:.0f} candidates of a customer hold {share(pool['recall_of_pool'])} of what was "
        f"bought, the ranker's first 300 {share(result['recall']['300'])}. Alone, {best} finds most in its first "
        f"100 ({share(on[best]['recall']['100'])}); {unique}."
    )


def _segments(result: Result) -> str:
    named = {**result["segments"], **result["groups"]["profile"]}
    best, worst = (pick(named, key=lambda name: named[name]["map_at_12"]) for pick in (max, min))
    return (
        f"Best served: {best} customers ({named[best]['map_at_12']:.4f}); least: {worst} "
        f"({named[worst]['map_at_12']:.4f}). A wide line means few customers."
    )


def _cold_start(result: Result) -> str:
    new = result["segments"].get("new")
    if not new:
        return ""
    own = [f"{age}: {row['own_articles']}" for age, row in result["groups"]["cold_start_by_age"].items()]
    return (
        f"The lists of {new['customers']:,} new customers reach {new['map_at_12']:.4f}, the most bought reach "
        f"{new['map_at_12_popular']:.4f} there. Articles among an age's dozen most listed that are not among the dozen "
        f"of all new customers: {', '.join(own)}."
    )


def _new_articles(result: Result) -> str:
    new = result["groups"]["new_articles"]
    if not new["purchases"]:
        return "Nobody bought a new article in the label days."
    return (
        f"{new['purchases']:,} purchases by {new['customers']:,} customers were of articles first sold in the two "
        f"weeks before the cut-off, or not before it at all. On those alone MAP@12 is {new['map_at_12']:.4f} and the "
        f"ranker's first 100 hold {share(new['recall_at_100'])}."
    )


def _rules(result: Result) -> str:
    without, lists = result["map_at_12_without_rules"], result["map_at_12"]
    whole = f"All rules together take MAP@12 from {without:.4f} to {lists:.4f}. "
    costly = [effect["rule"] for effect in result["rule_effects"] if effect["costs"]]
    if not costly:
        return whole + "No rule costs MAP@12 beyond chance."
    return whole + f"Beyond chance, MAP@12 would rise without {' and without '.join(costly)}."


def _beyond_accuracy(result: Result) -> str:
    metrics = result["beyond_accuracy"]
    shown, bought = metrics["popularity_rank"], metrics["popularity_rank_bought"]
    leaning = "more popular" if shown < bought else "less popular"
    return (
        f"The lists lean to {leaning} articles than what is bought: mean popularity rank {shown:,.0f} on the lists, "
        f"{bought:,.0f} among the purchases. {share(metrics['coverage'])} of the {metrics['in_stock']:,} articles "
        "in stock stand on some list."
    )


def _calibration(result: Result) -> str:
    found = result["calibration"]
    if not found:
        return "This ranker orders candidates and tells no probability, so there is nothing to calibrate."
    ratio = found["predicted"] / found["bought"] if found["bought"] else float("inf")
    leaning = "too high" if ratio > 1.1 else "too low" if ratio < 0.9 else "right on the whole"
    return (
        f"Over {found['pairs']:,} ranked candidates the mean prediction is {share(found['predicted'], 2)} and "
        f"{share(found['bought'], 2)} were bought: {leaning}. Expected calibration error "
        f"{found['expected_error']:.4f}."
    )


def _importance(result: Result) -> str:
    found = result["importance"]
    if not found:
        return "This ranker does not weigh its features."
    (group, part), first = next(iter(found["groups"].items())), found["top"][0]
    return (
        f"Of {found['features']} features, {first['feature']} weighs most ({share(first['share'])}); of the groups, "
        f"{group} ({share(part)})."
    )


def _ablation(result: Result) -> str:
    rows = result.get("ablation")
    if not rows:
        return ""
    needed = min(rows, key=lambda row: row["difference"])
    if needed["difference"] >= 0:
        return "MAP@12 does not fall, whatever is left out."
    return (
        f"MAP@12 falls most without {needed['left_out']} ({signed(needed['difference'])}). What lies right of zero was "
        "better left out here."
    )


def _folds(result: Result) -> str:
    folds = result.get("folds")
    if not folds:
        return ""
    mean, spread, n = folds["mean"], folds["standard_deviation"], len(folds["each"])
    won = sum(fold["map_at_12"] > fold["best_baseline"] for fold in folds["each"])
    return (
        f"Over {n} folds MAP@12 is {mean['map_at_12']:.4f} ± {spread['map_at_12']:.4f} (standard deviation), "
        f"{mean['lift']:.2f} times the best simple list; it is above it in {won} of {n}."
    )


_SAYINGS: Mapping[str, Callable[[Result], str]] = {
    "accuracy": _accuracy,
    "recall": _recall,
    "segments": _segments,
    "cold_start": _cold_start,
    "new_articles": _new_articles,
    "rules": _rules,
    "beyond_accuracy": _beyond_accuracy,
    "calibration": _calibration,
    "importance": _importance,
    "ablation": _ablation,
    "folds": _folds,
}
