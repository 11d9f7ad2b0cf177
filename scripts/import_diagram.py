"""Draws the packages and their imports into docs/architecture.md, from the code itself.

``python -m scripts.import_diagram`` writes the diagrams; ``--check`` only checks that they are up to date.
"""

import argparse
import re
import sys
from pathlib import Path

import grimp
import networkx as nx

REPOSITORY = Path(__file__).parents[1]
PAGE = REPOSITORY / "docs" / "architecture.md"
SITE = REPOSITORY / "django_site"
BLOCK = re.compile(r"(<!-- imports of (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def app_names() -> list[str]:
    """The Django apps, and ``config``."""
    return sorted(folder.name for folder in SITE.iterdir() if (folder / "__init__.py").exists())


def package_imports(roots: list[str]) -> dict[str, set[str]]:
    """The packages that each package imports: of one root its first level, of several roots the roots themselves."""
    sys.path[:0] = [str(SITE)]
    graph = grimp.build_graph(*roots, cache_dir=None)
    depth = 2 if len(roots) == 1 else 1

    def package(module: str) -> str:
        return ".".join(module.split(".")[:depth])

    imports: dict[str, set[str]] = {}
    for module in graph.modules:
        imported = {package(other) for other in graph.find_modules_directly_imported_by(module)}
        imports.setdefault(package(module), set()).update(imported - {package(module)})
    return imports


def mermaid(imports: dict[str, set[str]]) -> str:
    """A Mermaid chart, top down. An arrow that follows from two others is left out, so every path stays visible."""
    packages = nx.DiGraph((short(one), short(other)) for one, others in imports.items() for other in others)
    packages.remove_nodes_from(["recsys_core"])
    lines = [f"  {one} --> {other}" for one, other in sorted(nx.transitive_reduction(packages).edges)]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


def short(package: str) -> str:
    return package.removeprefix("recsys_core.")


def page_with_diagrams(page: str) -> str:
    """The page with each marked block drawn anew."""
    roots = {"library": ["recsys_core"], "storefront": app_names()}
    return BLOCK.sub(lambda found: found[1] + mermaid(package_imports(roots[found[2]])) + found[3], page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 if a diagram is out of date")
    options = parser.parse_args()
    page = PAGE.read_text()
    drawn = page_with_diagrams(page)
    if options.check and drawn != page:
        sys.exit("docs/architecture.md shows other imports than the code has: run `python -m scripts.import_diagram`")
    if not options.check:
        PAGE.write_text(drawn)


if __name__ == "__main__":
    main()
