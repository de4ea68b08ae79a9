"""Where names hold a location, and how many labels there may be; the forms are in test_cloud.py."""

import pytest

from pipeline.config import google_names as names


@pytest.mark.parametrize(
    ("name", "location"),
    [
        ("projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k", "europe-west4"),
        ("regions/us-central1/subnetworks/s", "us-central1"),
        ("https://www.googleapis.com/compute/v1/projects/p/regions/us-central1/subnetworks/s", "us-central1"),
        ("us-docker.pkg.dev/p/r/i:1", "us"),
        ("europe-west4-docker.pkg.dev/p/r/i:1", "europe-west4"),
        ("europe-west4-aiplatform.googleapis.com", "europe-west4"),
        ("gcr.io/p/i:1", None),
        ("http://127.0.0.1:80", None),
    ],
)
def test_the_location_in_a_name_is_found(name: str, location: str | None):
    assert names.location_of(name) == location


@pytest.mark.parametrize(
    ("region", "location", "within"),
    [
        ("us-central1", "us-central1", True),
        ("us-central1", "us", True),
        ("europe-west4", "eu", True),
        ("europe-west4", "europe", True),
        ("us-central1", "us-east1", False),
        ("us-central1", "eu", False),
        ("northamerica-northeast1", "us", False),
    ],
)
def test_a_region_lies_in_itself_and_in_its_multi_region(region: str, location: str, within: bool):
    assert names.is_within(region, location) == within


def test_each_fault_of_labels_is_named():
    assert [*names.label_faults({"team": "flights", "environment": ""})] == []
    faults = [*names.label_faults({"Team": "flights", "team": "Flights"})]
    assert [fault.partition(":")[0] for fault in faults] == [
        "the label 'Team'",
        "the value 'Flights' of the label team",
    ]
    assert [*names.label_faults({f"l{each}": "x" for each in range(64)})] == []
    assert [*names.label_faults({f"l{each}": "x" for each in range(65)})] == [
        "has 65 labels, and a resource may have 64"
    ]


@pytest.mark.parametrize(
    ("image", "path", "tag"),
    [
        ("host.example:5000/a/b:1.0", "host.example:5000/a/b", "1.0"),
        (f"gcr.io/a/b@sha256:{'0' * 64}", "gcr.io/a/b", None),
        (f"gcr.io/a/b:1.0@sha256:{'0' * 64}", "gcr.io/a/b", None),
    ],
)
def test_path_and_tag_of_an_image_are_told_apart(image: str, path: str, tag: str | None):
    assert (names.image_path(image), names.image_tag(image)) == (path, tag)
