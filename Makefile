# Qizhang. `make` alone lists what there is; every target first installs what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
# Passed on to the command behind a target: make run ARGS="--port 9000", make test ARGS="-k r_143".
ARGS ?=
# Seconds of faults, for `make chaos`.
DURATION ?= 600
# Seeds and seconds of faults of each, for `make chaos-seeds`.
SEEDS ?= $(shell seq 1 20)
SEED_DURATION ?= 90
# Processes that run tests side by side, for `make test`.
JOBS ?= 2

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run demo demo-full up-full down test lint type bench clients-check chaos chaos-seeds fmt schemas golden dictionaries lock clean

help:
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Use it / 使用
run: $(RUNTIME)  ## start the ledger: one process, SQLite under var/ / 启动账本
	$(BIN)/qizhang run $(ARGS)

demo: $(RUNTIME)  ## play three contracts from signing to invoice / 演示三份合同从签署到开票
	$(BIN)/qizhang demo $(ARGS)

up-full: $(DEVELOPMENT)  ## start it as deployed: PostgreSQL, Kafka, four processes / 启动完整部署
	$(BIN)/python -m tests.support.cluster up

demo-full: $(DEVELOPMENT)  ## play the three contracts on four processes of their own / 在完整部署上演示三份合同
	$(BIN)/python -m tests.support.demo_full

down: $(DEVELOPMENT)  ## stop what up-full started / 停止完整部署
	$(BIN)/python -m tests.support.cluster down

##@ Check it / 检验
test: lint type  ## lint, types, then every test on real PostgreSQL / 全部检查与测试
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

lint: $(DEVELOPMENT)  ## ruff: rules and format / 代码规则与格式
	$(BIN)/ruff check
	$(BIN)/ruff format --check

type: $(DEVELOPMENT)  ## mypy, strict / 类型检查
	$(BIN)/mypy

bench: $(DEVELOPMENT)  ## measure against baselines, also into var/bench.json / 性能对比
	$(BIN)/python -m tests.benchmarks $(ARGS)

clients-check: $(DEVELOPMENT)  ## lint the published documents; make, compile and call clients in four languages / 检验接口文档与四种语言的客户端
	$(BIN)/python -m tests.clients $(ARGS)

chaos: $(DEVELOPMENT)  ## kill, pause and restart the deployed ledger under load; DURATION=600 SEED=n / 混沌测试
	$(BIN)/python -m tests.chaos --duration $(DURATION) $(if $(SEED),--seed $(SEED)) $(ARGS)

chaos-seeds: $(DEVELOPMENT)  ## one run after another, a verdict each; SEEDS="1 2 3" SEED_DURATION=90 / 逐一运行多个种子
	@mkdir -p var/chaos; failed=0; for seed in $(SEEDS); do \
	  nice $(BIN)/python -m tests.chaos --duration $(SEED_DURATION) --seed $$seed $(ARGS) > var/chaos/seed-$$seed.txt 2>&1 \
	    || failed=$$((failed + 1)); \
	  echo "seed $$seed: $$(tail -n 1 var/chaos/seed-$$seed.txt)"; \
	done; echo "$$failed failed; reports / 报告: var/chaos"; test $$failed -eq 0

##@ Work on it / 开发
install: $(DEVELOPMENT)  ## make .venv with everything / 安装全部依赖

fmt: $(DEVELOPMENT)  ## format, and fix what can be fixed / 格式化
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

schemas: $(DEVELOPMENT)  ## write the committed schemas anew / 重新生成已提交的 schema
	$(BIN)/python -m tests.architecture.schemas

golden: $(DEVELOPMENT)  ## write the reviewed catalogue export anew / 重新生成已审阅的目录导出
	$(BIN)/python -m tests.unit.catalog.golden_export

dictionaries: $(DEVELOPMENT)  ## train the dictionaries of stored rows anew, under new numbers / 重新训练存储字典（须用新编号）
	$(BIN)/python -m tests.support.dictionaries $(ARGS)

lock:  ## resolve the dependencies anew (needs uv) / 重新锁定依赖
	uv pip compile $(LOCK_OPTIONS) --extra build -o requirements.lock pyproject.toml
	uv pip compile $(LOCK_OPTIONS) --extra build --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean:  ## remove .venv, caches and build output; var/ stays / 清理，保留 var/
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find services shared tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A lock names no index, so that it can be installed from any mirror, and every file in it has a hash.
LOCK_OPTIONS := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --no-annotate
# Not quiet where it takes minutes: what is fetched is shown while it is.
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it with PYTHON=... / 需要 Python 3.11 或更新版本"; exit 1; }
	@echo "==> $(VENV)/: a Python of this folder's own / 为本目录建立独立的 Python 环境"
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is needed (Debian: python3-venv) / 需要 venv 模块"; exit 1; }

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	@echo "==> what the ledger needs, once; a minute or two / 安装运行所需依赖，仅需一次，约一两分钟"
	$(PIP) --require-hashes -r requirements.lock
	@echo "==> qizhang itself / 安装契账本身"
	$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock $(RUNTIME)
	@echo "==> what tests and tools need, once; some minutes / 安装测试与工具所需依赖，仅需一次，约数分钟"
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
