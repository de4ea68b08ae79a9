"""A candidate under load on a model server, beside the champion; InfraValidator asks for it."""
