"""Runs the benchmarks of what has to be fast at a real shop's size: ``make bench``.

Each is a module with a function ``measure(small) -> dict`` of what it found; this one runs them one after the other.
The last line is one JSON object with the results of each by its name. Each result is also kept in a file as soon as it
is there, in place of the one before; those of small inputs are not. ``scripts.bench.report`` draws the file.
"""

import argparse
import importlib
import json
from typing import Any

from scripts.bench.results import add_out_option, keep, load_now

BENCHMARKS = {
    "retrieval": "scripts.bench.retrieval",
    "features": "scripts.bench.features",
    "list_lookup": "scripts.bench.list_lookup",
    "ranking": "scripts.bench.ranking",
    "co_purchase": "scripts.bench.co_purchase",
    "bpr": "scripts.bench.bpr",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "only", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all by default"
    )
    parser.add_argument("--small", action="store_true", help="a small input, to see whether all of it works")
    add_out_option(parser)
    args = parser.parse_args()
    results: dict[str, Any] = {}
    for name in args.only or BENCHMARKS:
        load = load_now()
        results[name] = importlib.import_module(BENCHMARKS[name]).measure(args.small)
        if not args.small:
            keep(args.out, name, results[name], load)
    print(json.dumps(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
