"""Which values of the section `cloud` are let through with a sentence, each at its limit."""

import datetime as dt

import pytest

from pipeline.config import cloud_doubts as doubts


@pytest.mark.parametrize("region", ["us-central1", "europe-west12", "me-west1"])
def test_nothing_is_said_of_a_region_that_has_vertex_ai(region: str):
    assert [*doubts.of_region(region)] == []


def test_a_region_that_is_not_known_is_named_with_the_one_that_was_probably_meant():
    (said,) = doubts.of_region("us-central2")
    assert said.startswith(
        "cloud.region is 'us-central2', which is not known here to have Vertex AI (did you mean"
    )


@pytest.mark.parametrize(
    ("project", "words"),
    [("acme-forecasts", []), ("acme-google-1", ["google"]), ("wessl-nullable", ["null", "ssl"])],
)
def test_ids_that_google_keeps_are_named(project: str, words: list[str]):
    said = [*doubts.of_project(project)]
    assert [sentence.split("'")[3] for sentence in said] == words


@pytest.mark.parametrize(
    ("account", "named"),
    [
        ("pipeline@acme-prod.iam.gserviceaccount.com", False),
        ("pipeline@acme-dev.iam.gserviceaccount.com", True),
        ("pipeline@acme-prod2.iam.gserviceaccount.com", True),
        ("123-compute@developer.gserviceaccount.com", True),
        ("acme-training@acme-prod.iam.gserviceaccount.com", True),
        ("acme-trigger@acme-prod.iam.gserviceaccount.com", True),
        ("acme-pull-request@acme-prod.iam.gserviceaccount.com", True),
        ("acme-pipeline@acme-prod.iam.gserviceaccount.com", False),
        ("training@acme-prod.iam.gserviceaccount.com", False),
        ("acme-pipelin@acme-prod.iam.gserviceaccount.com", True),
        ("acme-models@acme-prod.iam.gserviceaccount.com", False),
    ],
)
def test_an_account_of_another_project_or_role_or_of_everybody_is_named(account: str, named: bool):
    said = [*doubts.of_account("cloud.service_account", account, "acme-prod", "pipeline")]
    assert len(said) == named


def test_the_default_account_is_named_as_everybodys_and_not_as_anothers():
    default = "123-compute@developer.gserviceaccount.com"
    (said,) = doubts.of_account("cloud.service_account", default, "acme-prod", "pipeline")
    assert "default account" in said


@pytest.mark.parametrize(
    ("image", "region", "named"),
    [
        ("us-central1-docker.pkg.dev/p/r/i:1", "us-central1", False),
        ("us-docker.pkg.dev/p/r/i:1", "us-central1", False),
        ("europe-docker.pkg.dev/p/r/i:1", "europe-west4", False),
        ("us-east1-docker.pkg.dev/p/r/i:1", "us-central1", True),
        ("us-docker.pkg.dev/p/r/i:1", "europe-west4", True),
        ("us-docker.pkg.dev/p/r/i:1", "northamerica-northeast1", True),
        ("gcr.io/p/i:1", "us-central1", False),
    ],
)
def test_an_image_of_another_region_is_named(image: str, region: str, named: bool):
    assert bool([*doubts.of_image("cloud.image", image, region)]) == named


@pytest.mark.parametrize(
    ("key", "who"),
    [
        ("cloud.image", "every step"),
        ("cloud.trainer.image", "every training job"),
        ("cloud.endpoint.server_image", "every replica of the endpoint"),
    ],
)
def test_who_pulls_an_image_from_another_region_is_said(key: str, who: str):
    (said,) = doubts.of_image(key, "us-east1-docker.pkg.dev/p/r/i:1", "us-central1")
    assert said == f"{key} is in us-east1, and cloud.region is us-central1: {who} pulls it from there"


@pytest.mark.parametrize(
    ("region", "near"),
    [
        ("europe-west4", "; Google has the same in europe-docker.pkg.dev/vertex-ai/"),
        ("asia-east1", "; Google has the same in asia-docker.pkg.dev/vertex-ai/"),
        ("australia-southeast1", " pulls it from there"),
    ],
)
def test_an_image_of_googles_own_is_named_where_it_is_nearer(region: str, near: str):
    image = "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"
    (said,) = doubts.of_image("cloud.endpoint.server_image", image, region)
    assert said.endswith(near)


def test_the_price_of_what_is_not_used_is_named():
    said = [*doubts.of_prices({"n1-standard-4": 1, "e2-standard-4": 1}, {"n1-standard-4", "n1-standard-8"})]
    assert [sentence.split(" is ")[0] for sentence in said] == ["cloud.prices.per_hour.e2-standard-4"]


REPOSITORY = "us-central1-docker.pkg.dev/acme-dev/evergreen"
STEPS = f"{REPOSITORY}/pipeline:0.1.0"


@pytest.mark.parametrize(
    ("image", "named"),
    [
        (f"{REPOSITORY}/pipeline:latest", "the tag latest is moved"),
        (f"{REPOSITORY}/pipeline:main", "the tag main is moved"),
        ("us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest", "the tag latest is moved"),
        ("us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:v20261101", None),
        (f"{REPOSITORY}/pipeline:0.1.0", None),
        (f"{REPOSITORY}/trainer:v2", None),
        ("us-central1-docker.pkg.dev/other-dev/evergreen/trainer:v2", "not beside cloud.image in"),
        ("us-central1-docker.pkg.dev/acme-dev/other/trainer:v2", "not beside cloud.image in"),
        ("us-docker.pkg.dev/other/prediction/tf2-cpu.2-15:v2", "not beside cloud.image in"),
        ("docker.io/acme/trainer:v2", "what docker.io has under a tag is not in your hands"),
        ("gcr.io/acme/trainer:v2", "what gcr.io has under a tag is not in your hands"),
        (f"docker.io/acme/trainer@sha256:{'0' * 64}", None),
        (f"docker.io/acme/trainer:latest@sha256:{'0' * 64}", None),
    ],
)
def test_an_image_that_can_become_another_is_named(image: str, named: str | None):
    said = [*doubts.of_moving_image("cloud.trainer.image", image, STEPS)]
    assert (named in said[0] and len(said) == 1) if named else said == []


@pytest.mark.parametrize(
    ("trainer", "named"),
    [
        (f"{REPOSITORY}/trainer:0.1.0", False),
        (f"{REPOSITORY}/trainer:0.1.1", True),
        (f"{REPOSITORY}/trainer@sha256:{'0' * 64}", False),
        ("docker.io/acme/trainer:0.1.1", False),
    ],
)
def test_a_trainer_of_another_version_is_named(trainer: str, named: bool):
    assert bool([*doubts.of_two_versions(STEPS, trainer)]) == named


@pytest.mark.parametrize(
    ("key", "name", "said"),
    [
        ("cloud.image", "pipeline", ""),
        ("cloud.image", "forecasts", ""),
        ("cloud.image", "trainer", "named after trainer; infra/docker's for this is pipeline"),
        ("cloud.image", "ci", "named after ci; infra/docker's for this is pipeline"),
        ("cloud.image", "pipelines", "which is nearly pipeline"),
        ("cloud.trainer.image", "trainer", ""),
        ("cloud.trainer.image", "serving", "named after serving; infra/docker's for this is trainer"),
        ("cloud.endpoint.server_image", "tf2-cpu.2-15", ""),
        ("cloud.endpoint.server_image", "servnig", "which is nearly serving"),
    ],
)
def test_an_image_named_after_another_work_is_named(key: str, name: str, said: str):
    found = [*doubts.of_name(key, f"{REPOSITORY}/{name}:0.1.0")]
    assert len(found) == bool(said)
    assert said in "".join(found)


@pytest.mark.parametrize(
    ("image", "accelerator", "named"),
    [
        ("us-docker.pkg.dev/vertex-ai/prediction/tf2-gpu.2-15:latest", None, True),
        ("us-docker.pkg.dev/vertex-ai/prediction/tf2-gpu.2-15:latest", "NVIDIA_L4", False),
        ("us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest", None, False),
    ],
)
def test_a_server_for_gpus_without_one_is_named(image: str, accelerator: str | None, named: bool):
    assert bool([*doubts.of_server(image, accelerator)]) == named


@pytest.mark.parametrize(
    ("accelerator", "allow_cpu", "named"),
    [("NVIDIA_L4", True, True), ("NVIDIA_L4", False, False), (None, True, False), (None, False, False)],
)
def test_accelerators_that_may_stand_idle_are_named(accelerator: str | None, allow_cpu: bool, named: bool):
    assert bool([*doubts.of_idle_accelerators(accelerator, allow_cpu)]) == named


def test_what_is_accepted_and_used_nowhere_is_named():
    said = [*doubts.of_accepted(["n1-standart-4", "x9"], {"n1-standard-4", "x9"})]
    assert [each.partition(";")[0] for each in said] == [
        "cloud.accept_unknown names 'n1-standart-4', which is not used (did you mean 'n1-standard-4'?)"
    ]


def test_prices_are_from_today_at_the_latest():
    today = dt.date(2026, 11, 1)
    assert [*doubts.of_date(today, today)] == [*doubts.of_date(dt.date(2020, 1, 1), today)] == []
    assert len([*doubts.of_date(dt.date(2026, 11, 2), today)]) == 1


@pytest.mark.parametrize(("project", "named"), [("acme-prod", False), ("acme-keys", True)])
def test_a_key_of_another_project_is_named(project: str, named: bool):
    key = f"projects/{project}/locations/us-central1/keyRings/r/cryptoKeys/k"
    assert bool([*doubts.of_key(key, "acme-prod")]) == named


@pytest.mark.parametrize(
    ("key", "folder", "named"),
    [
        ("cloud.bucket", "gs://acme-uploads/runs", True),
        ("cloud.bucket", "gs://acme-promotions", True),
        ("cloud.bucket", "gs://acme-state", True),
        ("cloud.bucket", "gs://acme-state/runs", True),
        ("cloud.bucket", "gs://acme-states", False),
        ("cloud.bucket", "gs://acme/uploads", False),
        ("cloud.data", "gs://acme-promotions/days", True),
        ("cloud.data", "gs://acme-state/days", True),
        ("cloud.data", "gs://acme-uploads/days", False),
    ],
)
def test_a_bucket_of_another_use_is_named(key: str, folder: str, named: bool):
    assert bool([*doubts.of_bucket(key, folder)]) == named


@pytest.mark.parametrize(("data", "named"), [("gs://acme/days", True), ("gs://acme-2/days", False)])
def test_days_in_the_bucket_of_the_artifacts_are_named(data: str, named: bool):
    assert bool([*doubts.of_one_bucket("gs://acme/runs", data)]) == named
