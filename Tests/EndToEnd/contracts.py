"""The project's contracts, compiled at session start.

Generated Python modules would have to live in a package named `grpc`, which is grpcio's own. So protoc writes a
descriptor set, and message classes and stubs come from its descriptors.
"""

from __future__ import annotations

import importlib.resources
import os
import pathlib
import types

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

import servers

FILES = ("grpc/testing/empty.proto", "grpc/testing/messages.proto", "grpc/testing/test.proto",
         "grpc/reflection/v1/reflection.proto", "grpc/reflection/v1alpha/reflection.proto",
         "fiyatradari/bench/v1/echo.proto")


class Contracts:
  def __init__(self, folder: pathlib.Path, files: tuple[str, ...] = FILES):
    root = pathlib.Path(os.environ.get("FIYATRADARI_PROTO") or servers.ROOT / "proto")
    output = folder / "contracts.binpb"
    # grpcio-tools brings Google's own contracts, such as google/protobuf/timestamp.proto.
    google = importlib.resources.files("grpc_tools") / "_proto"
    code = protoc.main(["protoc", f"--proto_path={root}", f"--proto_path={google}",
                        f"--descriptor_set_out={output}", "--include_imports", *files])
    assert code == 0, f"protoc failed on the contracts in {root}"
    self.pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes()).file:
      self.pool.Add(file)

  def message(self, name: str):
    """The class of a message by its full name."""
    return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))

  def service(self, name: str):
    return self.pool.FindServiceByName(name)

  def stub(self, channel: grpc.Channel, name: str) -> types.SimpleNamespace:
    """A namespace with one callable per method of the service."""
    methods = {}
    for method in self.service(name).methods:
      kind = {(False, False): channel.unary_unary, (False, True): channel.unary_stream,
              (True, False): channel.stream_unary,
              (True, True): channel.stream_stream}[method.client_streaming, method.server_streaming]
      request, response = self.message(method.input_type.full_name), self.message(method.output_type.full_name)
      methods[method.name] = kind(f"/{name}/{method.name}", request_serializer=request.SerializeToString,
                                  response_deserializer=response.FromString)
    return types.SimpleNamespace(**methods)

  # Short names for the messages every test needs.

  @property
  def Empty(self):
    return self.message("grpc.testing.Empty")

  @property
  def SimpleRequest(self):
    return self.message("grpc.testing.SimpleRequest")

  @property
  def SimpleResponse(self):
    return self.message("grpc.testing.SimpleResponse")

  @property
  def StreamingInputCallRequest(self):
    return self.message("grpc.testing.StreamingInputCallRequest")

  @property
  def StreamingInputCallResponse(self):
    return self.message("grpc.testing.StreamingInputCallResponse")

  @property
  def StreamingOutputCallRequest(self):
    return self.message("grpc.testing.StreamingOutputCallRequest")

  @property
  def StreamingOutputCallResponse(self):
    return self.message("grpc.testing.StreamingOutputCallResponse")
