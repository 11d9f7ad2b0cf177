# Every command of the project. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON_RUN := $(BIN)/python

# Moved with e.g. `make demo PORT_WEB=8001`; read by scripts/ports.py and scripts/demo.py.
VARIABLES := PORT_WEB PORT_AIRFLOW PORT_MLFLOW PORT_MILVUS RECSYS_WORKSPACE DATA HEADLESS
export $(VARIABLES)
export TF_USE_LEGACY_KERAS := 1
export TF_CPP_MIN_LOG_LEVEL := 2
# With it set, every process would compile all that it imports: half a minute with TensorFlow, Airflow and MLflow.
unexport PYTHONDONTWRITEBYTECODE

PYTEST_ARGS ?=
TEST_WORKERS ?= 3

.PHONY: help
help: ## What there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make demo DATA=DIR           your own files in Kaggle's layout instead of the demo shop"
	@echo "  make demo HEADLESS=1         ends after publishing; status 0 only if the live release is served"
	@echo "  PORT_WEB, PORT_AIRFLOW, PORT_MLFLOW, PORT_MILVUS   other ports; RECSYS_WORKSPACE   another var/"

.PHONY: demo
demo: setup ## Set up, run the whole path through Airflow, open the shop (Ctrl-C stops all)
	@$(PYTHON_RUN) -m scripts.demo

.PHONY: serve
serve: setup ## Start the services without a run (Ctrl-C stops all)
	@$(PYTHON_RUN) -m scripts.services serve

.PHONY: stop
stop: ## Stop what runs from this checkout
	@test ! -x $(PYTHON_RUN) || $(PYTHON_RUN) -m scripts.services stop

.PHONY: setup
setup: preflight $(VENV)/.installed ## Check the machine, install the packages (once)

.PHONY: preflight
preflight:
	@scripts/preflight.sh

$(VENV)/.installed: constraints.txt setup.cfg scripts/setup.sh | preflight
	@scripts/setup.sh
	@touch $@

.PHONY: test
test: setup ## All tests but the long ones
	@scripts/chromium.sh
	@$(BIN)/pytest -m "not full" --numprocesses $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

.PHONY: test-full
test-full: setup ## All tests, with the real slice and kills at every stage
	@scripts/chromium.sh
	@scripts/promtool.sh
	@$(BIN)/pytest $(PYTEST_ARGS)

.PHONY: bench
bench: setup ## Speed at a real shop's size beside other libraries: retrieval, features, lists, rankers, co-purchases (ARGS="NAME --small")
	@$(BIN)/python -m scripts.bench $(ARGS)

.PHONY: bench-web
bench-web: setup ## Load the storefront (DATA=folder with articles.csv)
	@$(BIN)/python -m scripts.bench.web $(if $(DATA),--data $(DATA)) $(ARGS)

.PHONY: bench-full
bench-full: setup ## The whole path on a shop of Kaggle's size, stage by stage (ARGS="--customers ...")
	@$(BIN)/python -m scripts.bench.full_size $(ARGS)

.PHONY: bench-images
bench-images: setup ## Image search under a large catalogue, end to end
	@$(BIN)/python -m scripts.bench.images $(ARGS)

.PHONY: bench-search
bench-search: setup ## Quality of text search, beside BM25 (DATA=folder with articles.csv)
	@$(BIN)/python -m scripts.bench.search $(if $(DATA),--data $(DATA)) $(ARGS)

.PHONY: screenshots
screenshots: setup ## Take images of every page of the shop for the docs (ARGS="--base-url ...")
	@$(BIN)/python -m scripts.screenshots $(ARGS)

.PHONY: lint
lint: setup ## Style, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=django_site $(BIN)/mypy
	PYTHONPATH=plugins:django_site:. $(BIN)/lint-imports

.PHONY: scan
scan: setup ## Scan the rendered chart and the Dockerfiles (checkov, hadolint)
	@scripts/scan_chart.sh

.PHONY: format
format: setup ## Format the code, fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lock
lock: setup ## Resolve constraints.txt again within setup.cfg
	@scripts/lock.sh

.PHONY: clean
clean: stop ## Remove what runs and tools wrote; keeps .venv
	rm -rf var build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache htmlcov
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
