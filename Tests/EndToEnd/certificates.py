"""A private authority and the certificates that the tests' servers and clients show."""

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import pathlib
import ssl

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SERVER_NAME = "localhost"
LIFETIME = datetime.timedelta(days=2)


@dataclasses.dataclass(frozen=True)
class Material:
  """PEM files."""
  ca: pathlib.Path
  server_cert: pathlib.Path
  server_key: pathlib.Path
  client_cert: pathlib.Path
  client_key: pathlib.Path
  stranger_cert: pathlib.Path  # signed by an authority that no server trusts
  stranger_key: pathlib.Path


def _name(common: str) -> x509.Name:
  return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: str, issuer: str, public_key, lifetime=LIFETIME) -> x509.CertificateBuilder:
  now = datetime.datetime.now(datetime.timezone.utc)
  return (x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(public_key)
          .serial_number(x509.random_serial_number())
          .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + lifetime))


def _usage(ca: bool) -> x509.KeyUsage:
  return x509.KeyUsage(digital_signature=not ca, content_commitment=False, key_encipherment=False,
                       data_encipherment=False, key_agreement=False, key_cert_sign=ca, crl_sign=ca,
                       encipher_only=False, decipher_only=False)


def _authority(name: str):
  key = ec.generate_private_key(ec.SECP256R1())
  builder = (_builder(name, name, key.public_key())
             .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
             .add_extension(_usage(ca=True), critical=True)
             .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False))
  return builder.sign(key, hashes.SHA256()), key


def _leaf(folder: pathlib.Path, name: str, authority, usage, alternative: list[x509.GeneralName], lifetime=LIFETIME):
  ca, ca_key = authority
  key = ec.generate_private_key(ec.SECP256R1())
  issuer = ca.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
  certificate = (_builder(name, issuer, key.public_key(), lifetime)
                 .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                 .add_extension(_usage(ca=False), critical=True)
                 .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
                 .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
                                critical=False)
                 .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
                 .sign(ca_key, hashes.SHA256()))
  cert_file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
  cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
  key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                         serialization.NoEncryption()))
  return cert_file, key_file


def make(folder: pathlib.Path, server_lifetime=LIFETIME) -> Material:
  authority, other = _authority("tests authority"), _authority("other authority")
  ca = folder / "ca.pem"
  ca.write_bytes(authority[0].public_bytes(serialization.Encoding.PEM))
  server = _leaf(folder, "server", authority, ExtendedKeyUsageOID.SERVER_AUTH,
                 [x509.DNSName(SERVER_NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))], server_lifetime)
  identity = [x509.UniformResourceIdentifier("spiffe://fiyatradari.test/interop-client")]
  client = _leaf(folder, "client", authority, ExtendedKeyUsageOID.CLIENT_AUTH, identity)
  stranger = _leaf(folder, "stranger", other, ExtendedKeyUsageOID.CLIENT_AUTH, identity)
  return Material(ca, *server, *client, *stranger)


@dataclasses.dataclass(frozen=True)
class Security:
  """How a connection is protected: "cleartext", "tls" or "mtls"."""
  mode: str
  material: Material

  def server_flags(self) -> list[str]:
    flags = []
    if self.mode != "cleartext":
      flags += ["--tls-cert", str(self.material.server_cert), "--tls-key", str(self.material.server_key)]
    if self.mode == "mtls":
      flags += ["--tls-client-ca", str(self.material.ca)]
    return flags

  def client_flags(self) -> list[str]:
    flags = []
    if self.mode != "cleartext":
      flags += ["--tls-ca", str(self.material.ca), "--server-name", SERVER_NAME]
    if self.mode == "mtls":
      flags += ["--tls-cert", str(self.material.client_cert), "--tls-key", str(self.material.client_key)]
    return flags

  def channel(self, address: str) -> grpc.Channel:
    options = [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]
    if self.mode == "cleartext":
      return grpc.insecure_channel(address, options)
    credentials = grpc.ssl_channel_credentials(
      self.material.ca.read_bytes(),
      self.material.client_key.read_bytes() if self.mode == "mtls" else None,
      self.material.client_cert.read_bytes() if self.mode == "mtls" else None)
    return grpc.secure_channel(address, credentials, options + [("grpc.ssl_target_name_override", SERVER_NAME)])

  def grpc_server_credentials(self) -> grpc.ServerCredentials:
    pair = (self.material.server_key.read_bytes(), self.material.server_cert.read_bytes())
    if self.mode == "mtls":
      return grpc.ssl_server_credentials([pair], self.material.ca.read_bytes(), require_client_auth=True)
    return grpc.ssl_server_credentials([pair])

  def client_context(self, protocols: tuple[str, ...] = ("h2",)) -> ssl.SSLContext | None:
    if self.mode == "cleartext":
      return None
    context = ssl.create_default_context(cafile=str(self.material.ca))
    context.set_alpn_protocols(list(protocols))
    if self.mode == "mtls":
      context.load_cert_chain(self.material.client_cert, self.material.client_key)
    return context

  def server_context(self) -> ssl.SSLContext | None:
    if self.mode == "cleartext":
      return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    context.load_cert_chain(self.material.server_cert, self.material.server_key)
    if self.mode == "mtls":
      context.load_verify_locations(self.material.ca)
      context.verify_mode = ssl.CERT_REQUIRED
    return context
