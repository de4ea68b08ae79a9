"""Networks, keys and the way of events, as Terraform plans them with a mocked provider."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import ENVIRONMENTS, PLAIN, TFVARS, Plan

pytestmark = needs_terraform


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_key_and_private_network_are_options(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """Where an environment asks for them, everything that can takes them; nothing is left over elsewhere."""
    asked = (TFVARS / f"{environment}.tfvars").read_text()
    encrypted = bool(re.search(r"^customer_managed_key\s*=\s*true", asked, re.MULTILINE))
    private = bool(re.search(r"^\s*private_endpoint\s*=\s*true", asked, re.MULTILINE))
    plan = plans(environment)[PLAIN]
    assert len(plan.of_type("google_kms_crypto_key.this")) == int(encrypted)
    (endpoint,) = plan.of_type("google_vertex_ai_endpoint").values()
    assert bool(endpoint["encryption_spec"]) == encrypted
    assert bool(endpoint["private_service_connect_config"]) == private
    networked = plan.outputs["configuration"]["cloud"].get("network") is not None
    assert len(plan.of_type("google_compute_network.this")) == int(networked)
    assert networked or not private


def test_events_reach_the_function_and_dead_letters_are_kept(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """One instance that takes one event at a time; what it cannot use stays readable for a month."""
    plan = plans("prod")[PLAIN]
    (function,) = plan.of_type("google_cloudfunctions2_function").values()
    service = function["service_config"][0]
    assert (service["max_instance_count"], service["max_instance_request_concurrency"]) == (1, 1)
    subscriptions = {s["name"]: s for s in plan.of_type("google_pubsub_subscription").values()}
    push = subscriptions[function["name"]]["push_config"][0]
    assert push["push_endpoint"] == f"https://{function['name']}-123456789012.{function['location']}.run.app"
    kept = plan.outputs["dead_letters"].rpartition("/")[2]
    assert subscriptions[kept]["message_retention_duration"] == "2592000s"
