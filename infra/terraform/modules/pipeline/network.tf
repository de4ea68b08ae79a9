# Own network: jobs without public addresses, peered with Google's services. Its NAT costs by the hour, the rest nothing while idle.

locals {
  networks = var.network == null ? {} : { this = var.network }
  nat      = { for key, network in local.networks : key => network if network.nat }
}

resource "google_compute_network" "this" {
  for_each = local.networks

  project                 = var.project
  name                    = var.name
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "jobs" {
  for_each = local.networks

  project                  = var.project
  region                   = var.region
  name                     = "${var.name}-jobs"
  network                  = google_compute_network.this[each.key].id
  ip_cidr_range            = each.value.subnet_cidr
  private_ip_google_access = true

  log_config {
    flow_sampling = 0.1
  }
}

# The way to what is not Google's, for machines without public addresses: packages, webhooks, other clouds.
resource "google_compute_router" "this" {
  for_each = local.nat

  project = var.project
  region  = var.region
  name    = var.name
  network = google_compute_network.this[each.key].id
}

resource "google_compute_router_nat" "this" {
  for_each = local.nat

  project                            = var.project
  region                             = var.region
  name                               = var.name
  router                             = google_compute_router.this[each.key].name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.jobs[each.key].id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

# Dataflow's workers shuffle among themselves on these ports.
resource "google_compute_firewall" "dataflow" {
  for_each = local.networks

  project     = var.project
  name        = "${var.name}-dataflow"
  network     = google_compute_network.this[each.key].id
  direction   = "INGRESS"
  source_tags = ["dataflow"]
  target_tags = ["dataflow"]

  allow {
    protocol = "tcp"
    ports    = ["12345-12346"]
  }
}

resource "google_compute_global_address" "peering" {
  for_each = local.networks

  project       = var.project
  name          = "${var.name}-vertex"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = each.value.peering_prefix
  network       = google_compute_network.this[each.key].id
}

resource "google_service_networking_connection" "vertex" {
  for_each = local.networks

  network                 = google_compute_network.this[each.key].id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.peering[each.key].name]
}
