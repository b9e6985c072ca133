# Two commands: `make report`, `make test`. `make help` lists the rest.
# Every stage's target is its manifest.json, written last; its inputs.json is rewritten by `plan`
# only where its content changed, so what is up to date is left alone.

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

EXTRACT  ?=
N        ?= 20000
SEED     ?= 1
THREADS  ?= 2
MEMORY   ?= 3
OUT      ?= build
RUNNER   ?= processes
MASTER   ?=
RUNS     ?= 1000
WHEELS   ?=
TESTS    ?= tests
PARALLEL := -n $(THREADS) --dist loadfile
DIST     ?= dist
MODELS   ?=
ifneq ($(filter default undefined,$(origin AS)),)
AS       := native
endif
PYTHON   ?= python3
ifeq ($(strip $(EXTRACT)$(NEW)),)
PROTOCOL ?= data_schema/protocols/simulated.toml
STUDY    := $(basename $(notdir $(PROTOCOL)))_n$(N)_seed$(SEED)$(if $(filter-out native,$(AS)),_$(AS))
else
PROTOCOL ?= data_schema/protocols/registry.toml
STUDY    := $(basename $(notdir $(PROTOCOL)))
endif

VENV ?= .venv
PY   := $(VENV)/bin/python
OFFLINE := $(if $(WHEELS),PIP_NO_INDEX=1 PIP_FIND_LINKS="$(WHEELS)")
PIP  := $(OFFLINE) $(PY) -m pip
PIP_OPTIONS := --quiet --disable-pip-version-check
export NUMBA_CACHE_DIR := $(CURDIR)/$(VENV)/numba
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/bytecode
export MPLBACKEND := Agg
export OPENBLAS_NUM_THREADS := 1
unexport PYTHONDONTWRITEBYTECODE
export JE_ARROW_MALLOC_CONF := background_thread:false
ifeq ($(RUNNER),spark)
export PYTHONPATH := $(CURDIR)/$(VENV)/spark
CLUSTER := --master "$(MASTER)"
SPARK := $(VENV)/spark/ready
endif

B := $(OUT)/$(STUDY)
R := $(B)/restricted
stage = $(PY) -m analysis $(1) --protocol "$(PROTOCOL)" --build "$(B)" --threads $(THREADS) --memory $(MEMORY) $(CLUSTER) \
	$(if $(strip $(MODELS)),--models "$(MODELS)") \
	$(if $(strip $(EXTRACT)),--extract "$(EXTRACT)",--n $(N) --seed $(SEED) --as "$(AS)")

ifneq ($(strip $(EXTRACT)),)
DATA :=
else
DATA := $(R)/simulate/manifest.json
endif
INPUTS := $(foreach s,simulate ingest cohort estimates disclose staging publish,$(R)/$(s)/inputs.json)

.PHONY: report help test validate simulate forms source model conform diff figures tables verify bench forensics coverage agreement nightly clean bundle wheel lock plan check environment new-environment upgrade spark

report: $(B)/release/manifest.json
	@if [ "$(B)/release/manifest.json" -nt "$(R)/planned" ]; \
	then echo "report: $(B)/release/report.html"; \
	else echo "nothing to do: $(B)/release/report.html is up to date"; fi

plan: $(VENV)/kernels $(SPARK)
	@$(call stage,plan)
	@touch "$(R)/planned"

$(INPUTS): plan ;

$(R)/simulate/manifest.json: $(R)/simulate/inputs.json
	@$(call stage,simulate)

$(R)/ingest/manifest.json: $(R)/ingest/inputs.json $(DATA)
	@$(call stage,ingest)

$(R)/cohort/manifest.json: $(R)/cohort/inputs.json $(R)/ingest/manifest.json
	@$(call stage,cohort)

$(R)/estimates/manifest.json: $(R)/estimates/inputs.json $(R)/cohort/manifest.json
	@$(call stage,estimates)

$(R)/disclose/manifest.json: $(R)/disclose/inputs.json $(R)/estimates/manifest.json
	@$(call stage,disclose)

$(R)/staging/manifest.json: $(R)/staging/inputs.json $(R)/disclose/manifest.json
	@$(call stage,staging)

$(B)/release/manifest.json: $(R)/publish/inputs.json $(R)/staging/manifest.json
	@$(call stage,publish)

help:
	@echo "make report    the whole study: build/<study>/release/report.html"
	@echo "make test      prove the tool; TESTS=tests/spec: a part of it"
	@echo "make check     style and types only"
	@echo "make validate  read and check an extract, nothing more: restricted/review.html"
	@echo "make simulate  write a registry of known truth; AS=omop, ukrdc, usrds: in that form"
	@echo "make forms     one registry in every form: the same cohort and the same numbers?"
	@echo "make source NAME=ours            the folder of a new registry's form, with its test"
	@echo "make model NAME=mine QUESTION=how_soon   a model, its protocol and its test; in MODELS"
	@echo "make conform   do all models keep to the rules? those of MODELS, too"
	@echo "make upgrade PROTOCOL=file       a protocol of an earlier version becomes one of this"
	@echo "make diff OLD=folder NEW=folder  what two vintages of an extract tell of each other"
	@echo "make figures, make tables   the report's figures (SVG) and tables (CSV)"
	@echo "make verify    is the release what was written?"
	@echo "make bench     speed and memory beside the peers, as ratios"
	@echo "make forensics RUNS=1000: swapped units found, and false alarms, in simulated registries"
	@echo "make coverage RUNS=1000: how often intervals hold the truth and verdicts are wrong"
	@echo "make agreement our numbers beside R's and the peers'"
	@echo "make nightly   the long grids"
	@echo "make bundle    wheels and repository in one archive, for a room without internet;"
	@echo "               RUNNER=spark: with PySpark"
	@echo "make wheel     the survival library alone, as a wheel: dist/"
	@echo "make spark     PySpark beside the environment, for RUNNER=spark"
	@echo "make lock      the lock files from what stands beside them as .in"
	@echo "make clean     remove build/ (not the environment)"
	@echo
	@echo "EXTRACT=folder     a holder's files; without it a registry is simulated"
	@echo "PROTOCOL=file      the study; default data_schema/protocols/{simulated,registry}.toml"
	@echo "OUT=folder         where build/ is; default build"
	@echo "N=20000 SEED=1     size and seed of the simulated registry"
	@echo "THREADS=2          processors"
	@echo "RUNNER=spark MASTER=spark://host:port   the same work on a cluster with shared storage"
	@echo "MODELS=folder      models of your own, one file each (docs/statistician.md)"
	@echo "MEMORY=3           gigabytes that reading an extract may use, all processes together"
	@echo "WHEELS=folder      install from these wheels, without internet"

validate: $(R)/ingest/manifest.json
	@$(call stage,review)

simulate: $(R)/simulate/manifest.json
	@echo "extract: $(R)/simulate/extract"
	@echo "truth:   $(R)/simulate/truth"

source: $(VENV)/kernels
	@$(PY) -m analysis.ingest.new_source "$(NAME)"

model: $(VENV)/kernels
	@$(PY) -m analysis.estimates.new_model "$(NAME)" "$(QUESTION)" "$(MODELS)"

# The rules that every model keeps, on the project's and on those of MODELS, with their own tests.
conform: $(VENV)/dev-ready $(VENV)/kernels
	@CALCINOSIS_MODELS="$(MODELS)" $(PY) -m pytest -m "not nightly" -c pyproject.toml --rootdir . tests/models \
	$(if $(strip $(MODELS)),"$(MODELS)")

upgrade: $(VENV)/ready
	@$(PY) -m analysis.upgrade "$(PROTOCOL)"

# OLD and NEW are read by the study's own ingest; buckets may differ, records are known by key.
diff: $(VENV)/kernels
	@for vintage in old new; do \
	case $$vintage in old) extract="$(OLD)";; new) extract="$(NEW)";; esac; \
	$(PY) -m analysis ingest --protocol "$(PROTOCOL)" --build "$(B)/restricted/diff/$$vintage" \
	--extract "$$extract" --threads $(THREADS) || exit 2; done
	@$(PY) -m analysis.ingest.review.vintages "$(B)/restricted/diff/old/restricted/ingest" \
	"$(B)/restricted/diff/new/restricted/ingest" "$(B)/restricted/diff"

forms: $(VENV)/kernels
	@PYTHONPATH=. $(PY) tests/forms/proof.py

figures tables: report
	@ls "$(B)/release/$@"

verify: $(VENV)/kernels
	@$(PY) -m analysis.publish.verify "$(B)/release"

# The environment: from the lock file, by hash; kernels are compiled here, never in a report.
environment: $(VENV)/kernels

# A stamp is a copy of its lock: a lock that was only touched installs nothing, and one that
# changed installs what differs.
$(VENV)/ready: requirements.lock
	@test ! -L "$(VENV)" || { echo "$(VENV) is a link: the environment behind it is not changed"; exit 2; }
	@test -e $@ || $(MAKE) new-environment
	@$(install)

$(VENV)/dev-ready: requirements-dev.lock $(VENV)/ready
	@$(install)

new-environment:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "Python 3.11 or newer is needed: give PYTHON=python3.11 or the like"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	|| { echo "venv is missing: install the package python3-venv"; exit 2; }
	@echo "setting up the environment (once)"
	@$(PYTHON) -m venv --clear "$(VENV)"

# The packages' own tests are a tenth of their size.
define install
cmp -s $< $@ || { $(PIP) install $(PIP_OPTIONS) --no-compile --require-hashes -r $< \
&& find "$(VENV)/lib" -type d -name tests -prune -exec rm -rf {} + ; } && rm -f $@ && cp $< $@
endef

$(VENV)/kernels: $(VENV)/ready $(shell find analysis/survival -name '*.py') $(shell find analysis -name '*_kernels.py')
	@echo "compiling kernels (once)"
	@$(PY) -m analysis.warm $(THREADS)
	@touch $@

# PySpark stands apart: only RUNNER=spark needs it, and its size is that of all the rest.
spark: $(VENV)/spark/ready

$(VENV)/spark/ready: requirements-spark.lock $(VENV)/ready
	@echo "setting up Spark (once)"
	@rm -rf $(@D)
	@$(PIP) install $(PIP_OPTIONS) --no-build-isolation --require-hashes --target $(@D) -r $<
	@touch $@

test: check $(VENV)/kernels
	@$(PY) -m pytest -m "not nightly" $(PARALLEL) $(TESTS)

check: $(VENV)/dev-ready
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

nightly: $(VENV)/dev-ready $(VENV)/kernels
	@$(PY) -m pytest -m nightly $(PARALLEL) --resume build/nightly.jsonl $(TESTS)

bench: $(VENV)/kernels $(VENV)-peers/ready
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; \
	$(PY) -m benchmarks.$$(basename $$file .py) || exit 1; done

# The packages compared with have an environment of their own; without it the table names them.
$(VENV)-peers/ready: benchmarks/requirements-peers.lock
	@echo "setting up the peers' environment (once)"
	@{ $(PYTHON) -m venv $(@D) && echo '*' > $(@D)/.gitignore \
	&& $(OFFLINE) $(@D)/bin/python -m pip install $(PIP_OPTIONS) --require-hashes -r $< && touch $@; } \
	|| echo "the peers cannot be installed here: the table is without them"

forensics: $(VENV)/kernels
	@$(PY) -m benchmarks.forensics --runs $(RUNS) --threads $(THREADS) --page

coverage: $(VENV)/kernels
	@$(PY) -m benchmarks.coverage --runs $(RUNS) --threads $(THREADS)

agreement: $(VENV)/dev-ready $(VENV)/kernels $(VENV)-peers/ready
	@$(PY) -m benchmarks.agreement
	@$(PY) -m pytest $(PARALLEL) tests/reference tests/by_hand

# With RUNNER=spark also PySpark, which is as large as all the rest.
bundle: $(VENV)/ready
	@rm -rf dist && mkdir -p dist/wheels
	@for lock in requirements requirements-dev $(if $(filter spark,$(RUNNER)),requirements-spark); do \
	$(PIP) download $(PIP_OPTIONS) --no-build-isolation \
	--require-hashes --dest dist/wheels -r $$lock.lock || exit 1; done
	@git archive --prefix=calcinosis/ -o dist/repository.tar HEAD
	@$(if $(strip $(MODELS)),cp -R "$(MODELS)" dist/models)
	@tar -cf dist/calcinosis-bundle.tar -C dist repository.tar wheels $(if $(strip $(MODELS)),models)
	@echo "dist/calcinosis-bundle.tar"

# The survival library alone, under its own name; its README is its page.
wheel: $(VENV)/ready
	@rm -rf $(DIST)/library && mkdir -p $(DIST)/library/calcinosis_survival
	@cd analysis/survival && find . -name '*.py' -o -name '*.pyi' -o -name py.typed \
	| tar -cf - -T - | tar -xf - -C "$(abspath $(DIST))/library/calcinosis_survival"
	@cp analysis/survival/pyproject.toml LICENSE $(DIST)/library/
	@sed 's/analysis\.survival\>/calcinosis_survival/g' docs/survival.md > $(DIST)/library/README.md
	@$(PY) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	--no-index --wheel-dir $(DIST) $(DIST)/library
	@ls $(DIST)/calcinosis_survival-*.whl

lock:
	@for name in requirements requirements-dev requirements-spark benchmarks/requirements-peers; do \
	uv pip compile $$name.in --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet -o $$name.lock || exit 1; done

clean:
	@rm -rf build
