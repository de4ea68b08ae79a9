"""The model server: one process, REST and gRPC."""
