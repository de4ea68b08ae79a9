"""Serve the google provider's schema to Terraform, so that `validate` and `test` run offline.

Speaks the wire of Terraform's plugin protocol 5 (go-plugin handshake line, gRPC over TLS). Every answer
that `terraform validate` needs is the schema, an echo of the request, or empty: no generated code is needed.
It plans and applies nothing: use `mock_provider "google" {}` in `terraform test`.
"""

import base64
import datetime
import gzip
import os
import pathlib
import re
import threading
from concurrent import futures

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SCHEMA = pathlib.Path(__file__).with_name("schema-6.50.0.bin.gz")
RESOURCE_SCHEMAS, DATA_SOURCE_SCHEMAS = 2, 3  # fields of the answer, a pair of name and schema each


def varint(data, start):
    """Return a number in protobuf's encoding, and where the next thing begins."""
    value = shift = 0
    while True:
        byte = data[start]
        value, shift, start = value | (byte & 127) << shift, shift + 7, start + 1
        if byte < 128:
            return value, start


def of_sources(schema, folder):
    """Return the schema of what the sources below a folder name: Terraform reads it over for each plan."""
    named = set(re.findall(rb"google_\w+", b"".join(path.read_bytes() for path in folder.rglob("*.tf"))))
    kept, start = [], 0
    while start < len(schema):
        tag, begin = varint(schema, start)
        size, begin = varint(schema, begin)
        if tag >> 3 in (RESOURCE_SCHEMAS, DATA_SOURCE_SCHEMAS):
            length, name = varint(schema, begin + 1)  # after the tag of the pair's key
            wanted = schema[name : name + length] in named
        else:
            wanted = True
        if wanted:
            kept.append(schema[start : begin + size])
        start = begin + size
    return b"".join(kept)


def self_signed_certificate():
    """Return (PEM key, PEM certificate, DER certificate) for localhost, valid for one day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    usage = x509.KeyUsage(True, False, True, False, False, True, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), False
        )
        .add_extension(usage, True)
        .sign(key, hashes.SHA256())
    )
    pem_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (
        pem_key,
        certificate.public_bytes(serialization.Encoding.PEM),
        certificate.public_bytes(serialization.Encoding.DER),
    )


def shut_down(_request, _context):
    threading.Timer(0.1, lambda: os._exit(0)).start()
    return b""


def main():
    schema = of_sources(gzip.decompress(SCHEMA.read_bytes()), pathlib.Path())
    answers = {
        "GetSchema": lambda _request, _context: schema,
        "PrepareProviderConfig": lambda request, _context: request,  # field 1 in, field 1 out
        "ValidateResourceTypeConfig": lambda _request, _context: b"",
        "ValidateDataSourceConfig": lambda _request, _context: b"",
        "Stop": lambda _request, _context: b"",
    }
    unlimited = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(4), options=unlimited)
    for service, methods in {
        "tfplugin5.Provider": answers,
        "plugin.GRPCController": {"Shutdown": shut_down},
    }.items():
        handlers = {name: grpc.unary_unary_rpc_method_handler(answer) for name, answer in methods.items()}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    pem_key, pem_certificate, der_certificate = self_signed_certificate()
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(pem_key, pem_certificate)]))
    server.start()
    encoded = base64.b64encode(der_certificate).decode().rstrip("=")
    print(f"1|5|tcp|127.0.0.1:{port}|grpc|{encoded}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
