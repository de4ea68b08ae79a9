"""Values of the section `cloud` that are let through and may be a mistake, by plain values."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping

from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.config.google_names import image_path, image_tag, is_within, location_of

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
# What infra/terraform names its accounts and buckets after: <name>-<role>, <project>-<name>-<use>.
ROLES = ("build", "plan", "pull-request", "pipeline", "training", "serving", "trigger")
# What infra/docker builds for it.
IMAGES = {
    "cloud.image": "pipeline",
    "cloud.trainer.image": "trainer",
    "cloud.endpoint.server_image": "serving",
}
# Terraform keeps its own state in the last one (docs/cloud.md): who writes there decides what there is.
_OTHERS_BUCKETS = {
    "cloud.bucket": ("uploads", "promotions", "state"),
    "cloud.data": ("promotions", "state"),
}
_PULLED_BY = {
    "cloud.image": "every step",
    "cloud.trainer.image": "every training job",
    "cloud.endpoint.server_image": "every replica of the endpoint",
}
_IN_ARTIFACT_REGISTRY = re.compile(r"[a-z0-9-]+-docker\.pkg\.dev/")
_GOOGLES_OWN = re.compile(r"(us|europe|asia)-docker\.pkg\.dev/vertex-ai/")


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


def of_account(key: str, account: str, project: str, role: str) -> Iterator[str]:
    """Yields a sentence for a service account of another project, of another role, or of everybody.

    Args:
      key: that names it.
      account: e-mail.
      project: of the deployment.
      role: what the account is for, as Terraform names it.
    """
    name, _, domain = account.partition("@")
    owner = domain.removesuffix(".iam.gserviceaccount.com")
    if owner.startswith("developer."):
        yield (
            f"{key} is Compute Engine's default account, which other machines run as too, and which may "
            f"edit the whole project unless that was taken from it; name the one of Terraform (<name>-{role})"
        )
    elif owner != project:
        yield (
            f"{key} is of project {owner}, and cloud.project is {project}; Google refuses it unless that "
            "project allows its accounts elsewhere (iam.disableCrossProjectServiceAccountUsage)"
        )
    for other in ROLES:
        if other != role and name.endswith(f"-{other}"):
            yield f"{key} is {shown(account)}, named after {other}; Terraform's for this is <name>-{role}"
    last = name.rpartition("-")[2]
    if last not in (role, *ROLES) and did_you_mean(last, [role]):
        yield f"{key} is {shown(account)}, which is nearly <name>-{role}, Terraform's for this; correct it"


def of_key(key: str, project: str) -> Iterator[str]:
    """Yields a sentence for an encryption key of another project, where its users need grants."""
    owner = key.split("/")[1]
    if owner != project:
        yield (
            f"cloud.kms_key is of project {owner}, and cloud.project is {project}; the service agents of "
            f"{project} must be allowed to use it there"
        )


def of_bucket(key: str, folder: str) -> Iterator[str]:
    """Yields a sentence for a bucket that Terraform makes for something else."""
    bucket = folder.removeprefix("gs://").partition("/")[0]
    for use in _OTHERS_BUCKETS[key]:
        if bucket.endswith(f"-{use}"):
            yield (f"{key} is in {bucket}, Terraform's name of the one for {use}; give `terraform output`'s")


def of_one_bucket(bucket: str, data: str) -> Iterator[str]:
    """Yields a sentence for days in the bucket that runs write to."""
    name = bucket.split("/")[2]
    if data.startswith(f"gs://{name}/"):
        yield (
            f"cloud.data and cloud.bucket are both in {name}: what writes artifacts there can write "
            "days; give the days a bucket of their own, as Terraform does (…-uploads)"
        )


def of_image(key: str, image: str, region: str) -> Iterator[str]:
    """Yields a sentence for an image that is pulled from another region, which costs time and money.

    Args:
      key: that names it, one of IMAGES.
      image: with tag or digest.
      region: of the deployment.
    """
    location = location_of(image)
    if location is not None and not is_within(region, location):
        yield (
            f"{key} is in {location}, and cloud.region is {region}: {_PULLED_BY[key]} pulls it from there"
            f"{_nearer(image, region)}"
        )


def _nearer(image: str, region: str) -> str:
    """Returns where Google has the same image for a region; nothing for other images, or where it has none.

    https://cloud.google.com/vertex-ai/docs/predictions/pre-built-containers
    """
    if not _GOOGLES_OWN.match(image):
        return ""
    near = [each for each in ("us", "europe", "asia") if is_within(region, each)]
    return f"; Google has the same in {near[0]}-docker.pkg.dev/vertex-ai/" if near else ""


def of_moving_image(key: str, image: str, repository_of: str) -> Iterator[str]:
    """Yields a sentence for an image that can become another one without a change of the configuration.

    Nothing is said of a digest. A tag is taken for a version if it has a digit, and if it is in Artifact
    Registry where the steps' image is: there is who builds here.

    Args:
      key: that names it.
      image: with tag or digest.
      repository_of: image of the steps.
    """
    tag = image_tag(image)
    if tag is None:
        return
    remedy = "write its digest (…@sha256:…)"
    if not any(character.isdigit() for character in tag):
        yield f"{key} is {shown(image)}, and the tag {tag} is moved to other images; {remedy}"
    elif not _IN_ARTIFACT_REGISTRY.match(image):
        registry = image.partition("/")[0]
        yield f"{key} is {shown(image)}, and what {registry} has under a tag is not in your hands; {remedy}"
    elif _repository(image) != _repository(repository_of) and not _GOOGLES_OWN.match(image):
        yield (
            f"{key} is {shown(image)}, not beside cloud.image in {_repository(repository_of)}: others "
            f"may move its tag; {remedy}"
        )


def _repository(image: str) -> str:
    return image_path(image).rpartition("/")[0]


def of_two_versions(image: str, trainer: str) -> Iterator[str]:
    """Yields a sentence for a training job whose code is of another version than the steps'."""
    tags = (image_tag(image), image_tag(trainer))
    if None not in tags and tags[0] != tags[1] and _repository(image) == _repository(trainer):
        yield (
            f"cloud.trainer.image has the tag {tags[1]} and cloud.image {tags[0]}: the training job would "
            "run the code of another version; give both the same"
        )


def of_name(key: str, image: str) -> Iterator[str]:
    """Yields a sentence for an image that is named after what infra/docker builds for another work.

    Args:
      key: that names it, one of IMAGES.
      image: with tag or digest.
    """
    name, own = image_path(image).rpartition("/")[2], IMAGES[key]
    if name != own and name in (*IMAGES.values(), "ci"):
        yield f"{key} is {shown(image)}, named after {name}; infra/docker's for this is {own}"
    elif name != own and did_you_mean(name, [own]):
        yield f"{key} is {shown(image)}, which is nearly {own}, infra/docker's for this; correct it"


def of_server(image: str, accelerator: str | None) -> Iterator[str]:
    """Yields a sentence for a model server that is built for GPUs and has none."""
    if accelerator is None and re.search(r"/prediction/[a-z0-9]+-gpu\.", image):
        yield f"cloud.endpoint.server_image is {shown(image)}, and accelerator null; take the image with -cpu"


def of_idle_accelerators(accelerator: str | None, allow_cpu: bool) -> Iterator[str]:
    """Yields a sentence for accelerators that are paid for even if nothing uses them."""
    if accelerator and allow_cpu:
        yield (
            f"cloud.trainer.allow_cpu is true, and accelerator {accelerator}: where it is not seen, training "
            "takes many times as long and it is paid for all the same; set allow_cpu to false"
        )


def of_accepted(accepted: Collection[str], used: Collection[str]) -> Iterator[str]:
    """Yields a sentence for each name that is accepted and used nowhere: a typo, or left from earlier."""
    for name in accepted:
        if name not in used:
            close = did_you_mean(name, sorted(used))
            yield f"cloud.accept_unknown names {shown(name)}, which is not used{close}; correct or remove it"


def of_date(as_of: dt.date, today: dt.date) -> Iterator[str]:
    """Yields a sentence for prices from the future."""
    if as_of > today:
        yield f"cloud.prices.as_of is {as_of}, which is yet to come; write the day they were looked up on"


def of_prices(priced: Mapping[str, float], used: Collection[str]) -> Iterator[str]:
    """Yields a sentence for the price of each machine or accelerator that the configuration does not use."""
    for name in priced:
        if name not in used:
            close = did_you_mean(name, sorted(used))
            yield f"cloud.prices.per_hour.{name} is the price of something that is not used{close}"
