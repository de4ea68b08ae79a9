"""How Google's services want names written: of buckets, images, accounts, networks, keys and labels.

The configuration uses these when it is loaded, and the check of a compiled job on what was compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from components.shown import shown
from pipeline.config.written import Written

_PROJECT = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
PROJECT = Written(
    _PROJECT,
    "a project's id: small letters, digits and hyphens, a letter first and no hyphen last, 6 to 30 "
    "characters",
)
REGION = Written(r"[a-z]+(-[a-z]+)+[0-9]+", "a region, as in us-central1")
# cloud.google.com/storage/docs/buckets#naming; a folder has no character that globs or URIs read otherwise.
_BUCKET = (
    r"(?!goog|[^/]*g[o0]{2}gle|[^/]*(\.\.|\.-|-\.)|[0-9]+(\.[0-9]+){3}(/|$))"
    r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](?=/|$)"
)
_FOLDER = rf"gs://{_BUCKET}(/(?!\.{{1,2}}(/|$))[A-Za-z0-9._~=+-]+)*"
FOLDER = Written(
    _FOLDER,
    "a bucket or a folder of one: gs://<bucket>/<folder>, without a slash at its end; a bucket has 3 to 63 "
    "small letters, digits and ._- and is not named after Google, a folder has letters, digits and ._~=+-",
)
FOLDER_OR_TABLE = Written(
    rf"({_FOLDER}|bigquery://\S+)",
    "gs://<bucket>/<folder>, without a slash at its end, or bigquery://<project>/<dataset>/<table>",
)
# cloud.google.com/artifact-registry/docs/docker/names
_IMAGE = (
    r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*(:[a-z0-9]+([._-]+[a-z0-9]+)*(?=/))?)+"
    r"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@sha256:[0-9a-f]{64})"
)
IMAGE = Written(
    _IMAGE,
    "an image with a tag or a digest: <registry>/<path>:<tag>, or …@sha256: and 64 digits 0 to f",
)
# aiplatform_v1.ModelContainerSpec.image_uri: in Artifact Registry or Container Registry.
SERVER_IMAGE = Written(
    rf"(?=[a-z0-9-]+-docker\.pkg\.dev/|([a-z]+\.)?gcr\.io/){_IMAGE}",
    "an image of Artifact Registry, as an endpoint takes no other, with a tag or a digest: "
    "<location>-docker.pkg.dev/<project>/<repository>/<image>:<tag>, or …@sha256: and 64 digits 0 to f",
)
# cloud.google.com/iam/docs/service-account-types; Google's own service agents cannot be acted as.
SERVICE_ACCOUNT = Written(
    r"([a-z][a-z0-9-]{4,28}[a-z0-9]@(?!gcp-sa-)[a-z][a-z0-9.-]{4,}[a-z0-9]\.iam\.gserviceaccount\.com"
    r"|[0-9]+-compute@developer\.gserviceaccount\.com)",
    "a service account: <name>@<project>.iam.gserviceaccount.com, with a name of 6 to 30 characters",
)
NETWORK = Written(
    r"projects/[1-9][0-9]*/global/networks/[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
    "projects/<number>/global/networks/<name>",
)
KMS_KEY = Written(
    rf"projects/{_PROJECT}/locations/[a-z0-9-]+/keyRings/[A-Za-z0-9_-]{{1,63}}/cryptoKeys/[A-Za-z0-9_-]{{1,63}}",
    "projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>",
)
# cloud.google.com/dataflow/docs/guides/specifying-networks
SUBNETWORK = Written(
    rf"(https://www\.googleapis\.com/compute/v1/projects/{_PROJECT}/)?"
    r"regions/[a-z0-9-]+/subnetworks/[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
    "regions/<region>/subnetworks/<name>, or https://www.googleapis.com/compute/v1/projects/<project>/regions/…",
)
# Credentials are sent to the first two; the last is sent none.
API_ENDPOINT = Written(
    r"([a-z]+-[a-z]+[0-9]+-aiplatform(-[a-z0-9]+\.p)?|aiplatform-[a-z0-9-]+\.p)\.googleapis\.com"
    r"|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?",
    "a host of Vertex AI, as in europe-west4-aiplatform.googleapis.com, since it is sent credentials, or "
    "http://127.0.0.1:<port> of a server on this machine",
)
# cloud.google.com/resource-manager/docs/labels-overview: Google keeps goog- for labels that it sets itself.
LABEL_KEY = Written(
    r"(?!goog-)[a-z][a-z0-9_-]{0,62}",
    "a label's key: small letters, digits, underscores and hyphens, a letter first, at most 63 "
    "characters, and not goog-, which Google keeps for itself",
)
LABEL_VALUE = Written(
    r"[a-z0-9_-]{0,63}",
    "a label's value: small letters, digits, underscores and hyphens, at most 63 characters",
)
MOST_LABELS = 64
# aiplatform_v1.Endpoint.display_name, which is looked for in quotes
ENDPOINT_NAME = Written(
    r"(?!projects/|[0-9]+$)\w([^\"\\\x00-\x1f]{0,126}[^\s\"\\])?",
    "an endpoint's display name, as endpoint_name of Terraform: not its number nor projects/…; at most 128 "
    "characters, a letter or digit first, and no quotes, backward slashes or space at its end",
)
# aiplatform_v1.UploadModelRequest.model_id, aiplatform_v1.Model.version_aliases
MODEL_ID = Written(
    r"[a-z_][a-z0-9_-]{0,62}",
    "an id: small letters, digits, underscores and hyphens, a letter or underscore first, at most 63 "
    "characters",
)
VERSION_ALIAS = Written(
    r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]",
    "an alias: letters, digits and hyphens, a small letter first and a small letter or digit last, 2 to 128 "
    "characters",
)


def label_faults(labels: Mapping[str, str]) -> Iterator[str]:
    """Yields what is wrong with the labels of one resource."""
    for key, value in labels.items():
        if fault := LABEL_KEY.fault(key):
            yield f"the label {shown(key)}: {fault}"
        if fault := LABEL_VALUE.fault(value):
            yield f"the value {shown(value)} of the label {key}: {fault}"
    if len(labels) > MOST_LABELS:
        yield f"has {len(labels)} labels, and a resource may have {MOST_LABELS}"


def image_path(image: str) -> str:
    """Returns registry and path of an image, without tag and digest."""
    return re.sub(r":[^/:]*$", "", image.partition("@")[0])


def image_tag(image: str) -> str | None:
    """Returns an image's tag; None for one that a digest names, which no tag can change."""
    return None if "@" in image else image.rpartition(":")[2]


def location_of(name: str) -> str | None:
    """Returns the location in the name of a key, a subnetwork, an image or an API's host.

    None for a name that has none, as an image outside Artifact Registry.
    """
    found = re.search(r"(?:^|/)(?:locations|regions)/([a-z0-9-]+)/", name) or re.match(
        r"([a-z0-9-]+?)(?:-docker\.pkg\.dev/|-aiplatform(?:-[a-z0-9]+\.p)?\.googleapis\.com)", name
    )
    return found.group(1) if found else None


def is_within(region: str, location: str) -> bool:
    """Returns whether a region is a location, or in one of several regions (us, europe or eu, asia)."""
    return region == location or region.partition("-")[0] == {"eu": "europe"}.get(location, location)


def with_short_digest(text: str) -> str:
    """Returns a text with the first seven digits of each digest, as much as a message needs."""
    return re.sub(r"(@sha256:[0-9a-f]{7})[0-9a-f]{57}", r"\1…", text)
