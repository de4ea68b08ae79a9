"""A wrong value of the section `cloud` is refused, with its key, when the configuration is loaded.

What may be right and may be a mistake is a warning.
"""

import pytest

from pipeline.config import load as config
from pipeline.errors import ConfigError

KEY = "projects/my-evergreen-prod/locations/us-central1/keyRings/evergreen/cryptoKeys/pipeline"
IMAGE = "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen/pipeline"
REPOSITORY = "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen"
TRAINER = f"{REPOSITORY}/trainer"
ACCOUNT = "evergreen-pipeline@my-evergreen-prod.iam.gserviceaccount.com"
SERVER = "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"
DIGEST = "0123456789abcdef" * 4


def many_labels(number: int) -> str:
    return "{" + ", ".join(f"l{each}: x" for each in range(number)) + "}"


REFUSED = [
    # Addresses
    ("cloud.bucket", "gs://Bucket_With_Caps", "cloud.bucket: got 'gs://Bucket_With_Caps': expected a bucket"),
    ("cloud.bucket", "s3://b-of-another-cloud", "expected a bucket or a folder of one: gs://"),
    ("cloud.bucket", "gs://bucket/", "without a slash at its end"),
    ("cloud.bucket", "gs://bucket//x", "expected a bucket"),
    ("cloud.bucket", "gs://bucket/a b", "expected a bucket"),
    ("cloud.bucket", "gs://b\u00fccket", "expected a bucket"),
    ("cloud.bucket", "gs://bucket/d\u00e9j\u00e0", "expected a bucket"),
    ("cloud.bucket", "gs://bucket/days/*", "expected a bucket"),
    ("cloud.bucket", "gs://bucket/../other", "expected a bucket"),
    ("cloud.bucket", "gs://bu", "expected a bucket"),
    ("cloud.bucket", f"gs://{'b' * 64}", "expected a bucket"),
    ("cloud.bucket", "gs://goog-models", "expected a bucket"),
    ("cloud.bucket", "gs://my-g00gle-models", "expected a bucket"),
    ("cloud.bucket", "gs://a..b", "expected a bucket"),
    ("cloud.bucket", "gs://a-.b", "expected a bucket"),
    ("cloud.bucket", "gs://10.0.0.1", "expected a bucket"),
    ("cloud.bucket", "bucket", "expected a bucket"),
    ("cloud.data", "gs://bucket/days/", "cloud.data"),
    ("cloud.data", "/gcs/bucket/days", "cloud.data"),
    ("cloud.project", "My-Project", "cloud.project"),
    ("cloud.project", "short", "6 to 30"),
    ("cloud.region", "us-central1-a", "cloud.region: got 'us-central1-a': expected a region"),
    ("cloud.region", "us", "expected a region"),
    ("cloud.api_endpoint", "https://us-central1-aiplatform.googleapis.com/v1", "cloud.api_endpoint"),
    (
        "cloud.api_endpoint",
        "us-central1-aiplatform.googleapis.com.evil.example",
        "since it is sent credentials",
    ),
    ("cloud.api_endpoint", "aiplatform.internal", "since it is sent credentials"),
    ("cloud.api_endpoint", "storage.googleapis.com", "a host of Vertex AI"),
    ("cloud.api_endpoint", "aiplatform.googleapis.com", "a host of Vertex AI"),
    ("cloud.api_endpoint", "us-central1-aiplatform.googleapis.com:443", "a host of Vertex AI"),
    ("cloud.api_endpoint", "https://us-central1-aiplatform.googleapis.com", "a host of Vertex AI"),
    ("cloud.api_endpoint", "us-central1-aiplatform.googleapis.com@evil.example", "a host of Vertex AI"),
    ("cloud.api_endpoint", "http://us-central1-aiplatform.googleapis.com", "a host of Vertex AI"),
    ("cloud.api_endpoint", "http://10.0.0.5:8080", "of a server on this machine"),
    ("cloud.api_endpoint", "http://127.0.0.1.evil.example", "of a server on this machine"),
    ("cloud.api_endpoint", "http://localhost.evil.example:80", "of a server on this machine"),
    ("cloud.api_endpoint", "http://localhost@evil.example", "of a server on this machine"),
    ("cloud.api_endpoint", "us-east1-aiplatform-abc.p.googleapis.com", "api_endpoint is of us-east1"),
    # Accounts
    ("cloud.service_account", "me", "expected a service account"),
    ("cloud.service_account", "ada@example.com", "expected a service account"),
    ("cloud.service_account", "pipeline@my-evergreen-prod.gserviceaccount.com", "expected a service account"),
    (
        "cloud.service_account",
        "pipeline@my-evergreen-prod.iam.gserviceaccount.co",
        "expected a service account",
    ),
    ("cloud.service_account", "short@my-evergreen-prod.iam.gserviceaccount.com", "a name of 6 to 30"),
    ("cloud.service_account", f"{'a' * 31}@my-evergreen-prod.iam.gserviceaccount.com", "a name of 6 to 30"),
    ("cloud.service_account", f"serviceAccount:{ACCOUNT}", "expected a service account"),
    ("cloud.service_account", "service-1@gcp-sa-aiplatform.iam.gserviceaccount.com", "expected a service"),
    ("cloud.training_service_account", "ada@example.com", "cloud.training_service_account"),
    ("cloud.serving_service_account", "short@my-evergreen-prod.iam.gserviceaccount.com", "a name of 6 to 30"),
    # Labels
    ("cloud.labels.Team", "x", "cloud.labels.Team: got 'Team': expected a label's key: small letters"),
    ("cloud.labels.team", "X", "cloud.labels.team: got 'X': expected a label's value: small letters"),
    ("cloud.labels.team", "x" * 64, "at most 63 characters"),
    (f"cloud.labels.{'k' * 64}", "x", "at most 63 characters"),
    ("cloud.labels.goog-team", "x", "goog-, which Google keeps for itself"),
    ("cloud.labels.team", "a b", "expected a label's value"),
    ("cloud.labels", many_labels(56), "a job may have 64, and 7 of them are set by TFX"),
    # Images
    ("cloud.image", IMAGE, "expected an image with a tag or a digest"),
    ("cloud.image", f"'{IMAGE}:'", "expected an image"),
    ("cloud.image", f"{IMAGE}@sha256:{DIGEST[:-1]}", "64 digits 0 to f"),
    ("cloud.image", f"{IMAGE}@sha256:{DIGEST.upper()}", "64 digits 0 to f"),
    ("cloud.image", f"{IMAGE}@sha512:{DIGEST}", "expected an image"),
    ("cloud.image", "us-central1-docker.pkg.dev/My-Project/evergreen/pipeline:1", "expected an image"),
    ("cloud.image", f"https://{IMAGE}:1", "expected an image"),
    ("cloud.image", "pipeline:1", "expected an image"),
    (
        "cloud.endpoint.server_image",
        "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15",
        "expected an image",
    ),
    ("cloud.endpoint.server_image", "docker.io/tensorflow/serving:2.19.1", "an endpoint takes no other"),
    ("cloud.endpoint.server_image", "ghcr.io/acme/serving:1", "an endpoint takes no other"),
    (
        "cloud.endpoint.server_image",
        f"evil.example/us-docker.pkg.dev/a/b/c@sha256:{DIGEST}",
        "takes no other",
    ),
    # Network and keys
    ("cloud.network", "default", "projects/<number>/global/networks/<name>"),
    ("cloud.network", "projects/my-evergreen-prod/global/networks/evergreen", "projects/<number>"),
    ("cloud.network", "projects/1/global/networks/Evergreen", "cloud.network"),
    ("cloud.network", "projects/0/global/networks/evergreen", "projects/<number>"),
    ("cloud.beam.subnetwork", "evergreen-jobs", "regions/<region>/subnetworks/<name>"),
    ("cloud.beam.subnetwork", "projects/p/regions/us-central1/subnetworks/s", "cloud.beam.subnetwork"),
    ("cloud.kms_key", "mykey", "cloud.kms_key"),
    ("cloud.kms_key", f"{KEY}/cryptoKeyVersions/1", "cloud.kms_key"),
    # Regions that Google refuses to mix
    (
        "cloud.kms_key",
        KEY.replace("us-central1", "europe-west4"),
        "kms_key is of europe-west4 and region us-central1; they must be equal",
    ),
    ("cloud.kms_key", KEY.replace("us-central1", "us"), "kms_key is of us and region us-central1"),
    ("cloud.kms_key", KEY.replace("us-central1", "global"), "kms_key is of global"),
    ("cloud.beam.subnetwork", "regions/us-east1/subnetworks/s", "beam.subnetwork is of us-east1"),
    ("cloud.api_endpoint", "us-east1-aiplatform.googleapis.com", "api_endpoint is of us-east1"),
    # Machines
    ("cloud.trainer.accelerator", "foo", "cloud.trainer: no accelerator 'foo'"),
    ("cloud.trainer.image", "null", "cloud.trainer: NVIDIA_TESLA_T4 needs an image with CUDA"),
    ("cloud.trainer.accelerators", "3", "possible numbers: 1, 2, 4"),
    ("cloud.trainer.accelerators", "-1", "greater than or equal to 0"),
    ("cloud.trainer.disk_gb", "10", "greater than or equal to 100"),
    ("cloud.trainer.disk_gb", "65000", "less than or equal to 64000"),
    ("cloud.endpoint.accelerator", "NVIDIA_L4", "give both accelerator and accelerators"),
    ("cloud.endpoint.min_replicas", "0", "greater than 0"),
    ("cloud.endpoint.min_replicas", "9", "min_replicas is 9 and max_replicas 6; raise the latter"),
    ("cloud.endpoint.max_replicas", "two", "cloud.endpoint.max_replicas"),
    (
        "cloud.endpoint.max_replicas",
        "101",
        "max_replicas: got 101: Input should be less than or equal to 100",
    ),
    (
        "cloud.endpoint.min_replicas",
        "101",
        "min_replicas: got 101: Input should be less than or equal to 100",
    ),
    ("cloud.default_step.machine", "huge", "no machine type 'huge'"),
    ("cloud.default_step.machine", "n1-highmem-1", "there are n1-highmem-2"),
    ("cloud.default_step.machine", "n2-standard-128", "n2-standard-128 has 128 vCPUs and 512 GB; a step of"),
    ("cloud.steps.Evaluator", "{machine: m1-ultramem-80}", "has 80 vCPUs and 1922 GB; a step of"),
    ("cloud.beam.machine", "huge", "no machine type 'huge'"),
    ("cloud.beam.max_workers", "0", "greater than 0"),
    ("cloud.beam.max_workers", "4001", "less than or equal to 4000"),
    ("cloud.beam.runner", "Dataflow", "Input should be 'dataflow' or 'step' (did you mean 'dataflow'?)"),
    ("cloud.beam.runner", "DataflowRunner", "Input should be 'dataflow' or 'step'"),
    ("cloud.beam.runner", "spark", "Input should be 'dataflow' or 'step'"),
    ("cloud.beam.dependencies", "docker", "Input should be 'image' or 'setup_py'"),
    # Times
    ("cloud.default_step.timeout_minutes", "0", "greater than 0"),
    ("cloud.default_step.timeout_minutes", "99999", "less than or equal to 10080"),
    ("cloud.default_step.timeout_minutes", "2h", "valid integer"),
    ("cloud.default_step.timeout_minutes", "1:30", "valid integer"),
    (
        "cloud.steps",
        "{ExampleGen: {timeout_minutes: 19}}",
        "steps.ExampleGen.timeout_minutes: step ExampleGen may",
    ),
    ("cloud.steps.Trainer.timeout_minutes", "15", "and a custom training job, which it starts, must end 10"),
    ("cloud.trainer.timeout_minutes", "9", "got 9; the machine alone takes minutes to come"),
    ("cloud.trainer.timeout_minutes", "175", "so it may take 170; lower it"),
    ("cloud.default_step.retries", "6", "retries: got 6"),
    ("cloud.steps.Pusher.retries", "1", "steps.Pusher.retries: got 1; Pusher is not tried again: its copy"),
    ("cloud.steps.Trainer.retries", "1", "Trainer is not tried again: it may start a custom training job"),
    ("cloud.steps.Notify.retries", "1", "Notify is not tried again"),
    ("cloud.steps.Transform.cache", "yes", "write true or false"),
    ("cloud.steps.Transform.machne", "x", "did you mean 'machine'?"),
    # Releases
    ("cloud.endpoint.model_id", "Flights", "cloud.endpoint.model_id"),
    ("cloud.endpoint.model_id", "7flights", "a letter or underscore first"),
    ("cloud.endpoint.version_aliases", "[1]", "cloud.endpoint.version_aliases"),
    ("cloud.endpoint.version_aliases", "[Production]", "expected an alias"),
    ("cloud.endpoint.version_aliases", "[champion]", "names champion, which the record of models gives"),
    ("cloud.endpoint.version_aliases", "[prod, prod]", "version_aliases names prod twice"),
    (
        "cloud.endpoint.version_aliases",
        "[prod, default]",
        "version_aliases names default, which Google gives",
    ),
    ("cloud.endpoint.name", "''", "expected an endpoint's display name"),
    ("cloud.endpoint.name", "'1003'", "not its number nor projects/"),
    (
        "cloud.endpoint.name",
        "projects/1/locations/us-central1/endpoints/1003",
        "not its number nor projects/",
    ),
    ("cloud.endpoint.name", "' flights'", "at most 128"),
    ("cloud.endpoint.name", "'fli\"ghts'", "no quotes"),
    ("cloud.endpoint.name", "x" * 129, "at most 128 characters"),
    # Money
    ("cloud.cost_limit", "5", "cost_limit needs prices"),
    ("cloud.cost_limit", "-5", "greater than or equal to 0"),
    ("cloud.prices", "{as_of: 2026-01-01, currency: usd, per_hour: {}}", "three capital letters"),
    ("cloud.prices", "{as_of: yesterday, currency: USD, per_hour: {}}", "cloud.prices.as_of"),
    (
        "cloud.prices",
        "{as_of: 2026-01-01, currency: USD, per_hour: {n1-standard-4: -1}}",
        "per_hour.n1-standard-4",
    ),
]


@pytest.mark.parametrize(
    ("key", "value", "message"), REFUSED, ids=[f"{key}={value}"[:70] for key, value, _ in REFUSED]
)
def test_an_impossible_value_is_refused_with_its_key(key: str, value: str, message: str):
    with pytest.raises(ConfigError) as refused:
        config.load("prod", {key: value})
    said = str(refused.value)
    assert message in said
    assert key.split(".")[1] in said  # the section in which two values contradict each other


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cloud.bucket", "gs://my-models.example.com/google-days/a_b=1"),
        ("cloud.data", "gs://bucket/days"),
        ("cloud.image", f"{IMAGE}@sha256:{DIGEST}"),
        ("cloud.image", f"{IMAGE}:0.1.0@sha256:{DIGEST}"),
        ("cloud.service_account", "pipeline@my-evergreen-prod.iam.gserviceaccount.com"),
        ("cloud.kms_key", "null"),
        (
            "cloud.beam.subnetwork",
            "https://www.googleapis.com/compute/v1/projects/host-project/regions/us-central1/subnetworks/s",
        ),
        ("cloud.labels", many_labels(55)),
        ("cloud.labels.team", "''"),
        ("cloud.api_endpoint", "us-central1-aiplatform.googleapis.com"),
        ("cloud.api_endpoint", "us-central1-aiplatform-abc.p.googleapis.com"),
        ("cloud.api_endpoint", "aiplatform-abc.p.googleapis.com"),
        ("cloud.api_endpoint", "http://127.0.0.1:8080"),
        ("cloud.api_endpoint", "http://localhost:8080"),
        ("cloud.api_endpoint", "http://[::1]:8080"),
        ("cloud.endpoint.name", "Flights (EU) 2"),
        (
            "cloud.endpoint.server_image",
            f"us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15@sha256:{DIGEST}",
        ),
        ("cloud.endpoint.model_id", "_flights-2"),
        ("cloud.default_step.machine", "n2-standard-96"),
        ("cloud.default_step.timeout_minutes", "10080"),
        ("cloud.trainer.timeout_minutes", "10"),
        ("cloud.endpoint.machine", "n1-standard-2"),
        ("cloud.beam.max_workers", "4000"),
        ("cloud.endpoint.max_replicas", "100"),
        ("cloud.endpoint.version_aliases", "[default-2]"),
        (
            "cloud.prices",
            "{as_of: 2026-01-01, currency: USD, per_hour: {n1-standard-16: 1, NVIDIA_TESLA_T4: 0.3}}",
        ),
    ],
)
def test_a_possible_value_is_taken_without_a_word(key: str, value: str):
    accepted = {} if key == "cloud.endpoint.server_image" else {"cloud.accept_unknown": f"[{SERVER}]"}
    assert config.load("prod", {**accepted, key: value}).doubts() == ()


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        (
            {"cloud.service_account": "pipeline@another-project.iam.gserviceaccount.com"},
            "cloud.service_account is of project another-project, and cloud.project is my-evergreen-prod;",
        ),
        (
            {"cloud.serving_service_account": "serving@another-project.iam.gserviceaccount.com"},
            "cloud.serving_service_account is of project another-project",
        ),
        (
            {"cloud.trainer.image": "us-east1-docker.pkg.dev/my-evergreen-dev/evergreen/trainer:1"},
            "cloud.trainer.image is in us-east1, and cloud.region is us-central1",
        ),
        (
            {"cloud.image": "europe-west4-docker.pkg.dev/my-evergreen-dev/evergreen/pipeline:1"},
            "cloud.image is in europe-west4, and cloud.region is us-central1: every step pulls it from there",
        ),
        (
            {"cloud.endpoint.server_image": "europe-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"},
            "cloud.endpoint.server_image is in europe, and cloud.region is us-central1: every replica",
        ),
        (
            {"cloud.project": "my-google-project"},
            "cloud.project is 'my-google-project', and Google keeps ids",
        ),
        (
            {"cloud.prices": "{as_of: 2026-01-01, currency: USD, per_hour: {n1-standard-5: 1}}"},
            "cloud.prices.per_hour.n1-standard-5 is the price of something that is not used (did you mean",
        ),
        (
            {"cloud.image": f"{IMAGE}:latest"},
            f"cloud.image is '{IMAGE}:latest', and the tag latest is moved",
        ),
        (
            {"cloud.trainer.image": f"{TRAINER}:main"},
            f"cloud.trainer.image is '{TRAINER}:main', and the tag main is moved",
        ),
        (
            {"cloud.image": "docker.io/acme/pipeline:0.1.0"},
            "cloud.image is 'docker.io/acme/pipeline:0.1.0', and what",
        ),
        (
            {"cloud.image": "gcr.io/acme/pipeline:0.1.0"},
            "cloud.image is 'gcr.io/acme/pipeline:0.1.0', and what",
        ),
        (
            {"cloud.trainer.image": "us-central1-docker.pkg.dev/other-project/evergreen/trainer:0.1.0"},
            "cloud.trainer.image is 'us-central1-docker.pkg.dev/other-project/evergreen/trainer:0.1.0', not",
        ),
        (
            {"cloud.image": f"{IMAGE}:0.1.0", "cloud.trainer.image": f"{TRAINER}:0.2.0"},
            "cloud.trainer.image has the tag 0.2.0 and cloud.image 0.1.0: the training job would run",
        ),
        (
            {"cloud.image": f"{REPOSITORY}/ci:0.1.0"},
            f"cloud.image is '{REPOSITORY}/ci:0.1.0', named after ci",
        ),
        (
            {"cloud.image": f"{REPOSITORY}/serving:0.1.0"},
            f"cloud.image is '{REPOSITORY}/serving:0.1.0', named",
        ),
        (
            {"cloud.image": f"{REPOSITORY}/pipline:0.1.0"},
            f"cloud.image is '{REPOSITORY}/pipline:0.1.0', which is",
        ),
        (
            {"cloud.trainer.image": f"{REPOSITORY}/serving:0.1.0"},
            f"cloud.trainer.image is '{REPOSITORY}/serving:0.1.0', named after serving",
        ),
        (
            {"cloud.trainer.image": f"{REPOSITORY}/trianer:0.1.0"},
            f"cloud.trainer.image is '{REPOSITORY}/trianer:0.1.0', which is nearly trainer",
        ),
        (
            {"cloud.endpoint.server_image": SERVER.replace("-cpu", "-gpu")},
            f"cloud.endpoint.server_image is {SERVER.replace('-cpu', '-gpu')!r}, and accelerator null",
        ),
        (
            {"cloud.prices": "{as_of: 2206-01-01, currency: USD, per_hour: {n1-standard-16: 1}}"},
            "cloud.prices.as_of is 2206-01-01, which is yet to come",
        ),
        (
            {"cloud.service_account": ACCOUNT.replace("pipeline", "pipelin")},
            f"cloud.service_account is '{ACCOUNT.replace('pipeline', 'pipelin')}', which is nearly <name>-",
        ),
        (
            {"cloud.trainer.allow_cpu": "true"},
            "cloud.trainer.allow_cpu is true, and accelerator NVIDIA_TESLA_T4",
        ),
        (
            {"cloud.service_account": "1234-compute@developer.gserviceaccount.com"},
            "cloud.service_account is Compute Engine's default account",
        ),
        (
            {"cloud.service_account": ACCOUNT.replace("pipeline", "trigger")},
            f"cloud.service_account is '{ACCOUNT.replace('pipeline', 'trigger')}', named after trigger",
        ),
        (
            {"cloud.bucket": "gs://my-evergreen-prod-evergreen-promotions"},
            "cloud.bucket is in my-evergreen-prod-evergreen-promotions, Terraform's name of the one",
        ),
        (
            {"cloud.bucket": "gs://another-uploads/runs"},
            "cloud.bucket is in another-uploads, Terraform's name of the one for uploads",
        ),
        (
            {"cloud.bucket": "gs://acme/runs", "cloud.data": "gs://acme/days"},
            "cloud.data and cloud.bucket are both in acme:",
        ),
        (
            {"cloud.kms_key": KEY.replace("my-evergreen-prod", "acme-keys")},
            "cloud.kms_key is of project acme-keys, and cloud.project is my-evergreen-prod",
        ),
        (
            {"cloud.accept_unknown": "[n1-standart-4]"},
            "cloud.accept_unknown names 'n1-standart-4', which is not used (did you mean 'n1-standard-4'?)",
        ),
        ({"cloud.default_step.machine": "x9-standard-8"}, "cloud.default_step: machine type 'x9-standard-8'"),
    ],
)
def test_what_may_be_a_mistake_is_a_warning(changes: dict[str, str], doubt: str):
    said = config.load("prod", changes).doubts()
    assert any(sentence.startswith(doubt) for sentence in said), said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cloud.image", "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen/pipeline:latest"),
        ("cloud.image", "docker.io/acme/pipeline:latest"),
        ("cloud.service_account", "1234-compute@developer.gserviceaccount.com"),
        ("cloud.service_account", "pipeline@another-project.iam.gserviceaccount.com"),
        ("cloud.bucket", "gs://another-uploads/runs"),
        ("cloud.kms_key", KEY.replace("my-evergreen-prod", "acme-keys")),
    ],
)
def test_a_doubt_can_be_accepted_by_its_value(key: str, value: str):
    """And no other than that one: the trainer's image stays in doubt where the steps' lies elsewhere."""
    changes = {key: value, "cloud.trainer": "null"}
    (said,) = config.load("prod", {**changes, "cloud.accept_unknown": f"[{SERVER}]"}).doubts()
    assert said.startswith(f"{key} is ")
    assert said.endswith("; or name it in cloud.accept_unknown if it is meant")
    assert config.load("prod", {**changes, "cloud.accept_unknown": f"[{SERVER}, {value!r}]"}).doubts() == ()


def test_a_region_that_nobody_here_knows_is_a_warning():
    regional = {"cloud.kms_key": "null", "cloud.beam.subnetwork": "null", "cloud.network": "null"}
    said = config.load("prod", {"cloud.region": "us-centrall1", **regional}).doubts()
    assert said[0].startswith(
        "cloud.region is 'us-centrall1', which is not known here to have Vertex AI (did you mean"
    )


def test_what_ships_raises_no_doubt_in_dev():
    assert config.load("dev").doubts() == ()


@pytest.mark.parametrize("name", ["preprod", "prod"])
def test_what_ships_says_before_a_release_that_the_servers_tag_moves(name: str):
    (said,) = config.load(name).doubts()
    assert said.startswith(f"cloud.endpoint.server_image is {SERVER!r}, and the tag latest is moved")
