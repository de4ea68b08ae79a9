# Own network: jobs without public addresses, peered with Google's services. Costs nothing while idle.

locals {
  networks = var.network == null ? {} : { this = var.network }
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
