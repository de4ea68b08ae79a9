"""Values of the section `cloud` that are let through and may be a mistake, by plain values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.config.google_names import is_within, location_of

# cloud.google.com/vertex-ai/docs/general/locations, read in November 2026
REGIONS = frozenset(
    {
        *("us-central1", "us-east1", "us-east4", "us-east5", "us-south1", "us-west1", "us-west2", "us-west3"),
        *("us-west4", "northamerica-northeast1", "northamerica-northeast2", "southamerica-east1"),
        *("southamerica-west1", "europe-central2", "europe-north1", "europe-southwest1", "europe-west1"),
        *("europe-west2", "europe-west3", "europe-west4", "europe-west6", "europe-west8", "europe-west9"),
        *("europe-west12", "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2"),
        *("asia-northeast3", "asia-south1", "asia-southeast1", "asia-southeast2", "australia-southeast1"),
        *("australia-southeast2", "me-central1", "me-central2", "me-west1", "africa-south1"),
    }
)
_RESERVED = ("google", "null", "undefined", "ssl")


def of_region(region: str) -> Iterator[str]:
    """Yields a sentence for a region that is not known to have Vertex AI."""
    if region not in REGIONS:
        yield (
            f"cloud.region is {shown(region)}, which is not known here to have Vertex AI"
            f"{did_you_mean(region, sorted(REGIONS))}; see cloud.google.com/vertex-ai/docs/general/locations"
        )


def of_project(project: str) -> Iterator[str]:
    """Yields a sentence for a project's id that Google gives to nobody.

    https://cloud.google.com/resource-manager/docs/creating-managing-projects
    """
    for word in _RESERVED:
        if word in project:
            yield f"cloud.project is {shown(project)}, and Google keeps ids with {word!r} for itself"


def of_account(key: str, account: str, project: str) -> Iterator[str]:
    """Yields a sentence for a service account of another project, which needs a grant there."""
    owner = account.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
    if owner != project and not owner.startswith("developer."):
        yield (
            f"{key} is of project {owner}, and cloud.project is {project}; Google refuses it unless that "
            "project allows its accounts elsewhere (iam.disableCrossProjectServiceAccountUsage)"
        )


def of_image(key: str, image: str, region: str) -> Iterator[str]:
    """Yields a sentence for an image that each step pulls from another region, which costs time and money."""
    location = location_of(image)
    if location is not None and not is_within(region, location):
        yield f"{key} is in {location}, and cloud.region is {region}: every step pulls it from there"


def of_prices(priced: Mapping[str, float], used: Collection[str]) -> Iterator[str]:
    """Yields a sentence for the price of each machine or accelerator that the configuration does not use."""
    for name in priced:
        if name not in used:
            close = did_you_mean(name, sorted(used))
            yield f"cloud.prices.per_hour.{name} is the price of something that is not used{close}"
