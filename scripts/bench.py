"""Runs the benchmarks of what has to be fast at a real shop's size: ``make bench``.

Each is a module with a function ``measure(small) -> dict`` of what it found; this one runs them one after the other.
The last line is one JSON object with the results of each by its name.
"""

import argparse
import importlib
import json

BENCHMARKS = {
    "retrieval": "scripts.bench_retrieval",
    "features": "scripts.bench_features",
    "list_lookup": "scripts.bench_list_lookup",
    "ranking": "scripts.bench_ranking",
    "co_purchase": "scripts.bench_co_purchase",
    "bpr": "scripts.bench_bpr",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "only", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all by default"
    )
    parser.add_argument("--small", action="store_true", help="a small input, to see whether all of it works")
    args = parser.parse_args()
    results = {name: importlib.import_module(BENCHMARKS[name]).measure(args.small) for name in args.only or BENCHMARKS}
    print(json.dumps(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
