"""Which values of the section `cloud` are let through with a sentence, each at its limit."""

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
    ],
)
def test_an_account_of_another_project_or_role_or_of_everybody_is_named(account: str, named: bool):
    said = [*doubts.of_account("cloud.service_account", account, "acme-prod", "pipeline")]
    assert len(said) == named


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


def test_the_price_of_what_is_not_used_is_named():
    said = [*doubts.of_prices({"n1-standard-4": 1, "e2-standard-4": 1}, {"n1-standard-4", "n1-standard-8"})]
    assert [sentence.split(" is ")[0] for sentence in said] == ["cloud.prices.per_hour.e2-standard-4"]
