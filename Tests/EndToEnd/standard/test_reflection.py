"""Server reflection with grpcio-reflection's client (v1alpha) and by the contract's own stub (v1)."""

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_reflection.v1alpha import proto_reflection_descriptor_database, reflection_pb2, reflection_pb2_grpc

from interop import cases

V1, V1ALPHA = "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"


@pytest.fixture
def channel(server, cleartext):
  with cleartext.channel(server.address) as channel:
    yield channel


@pytest.fixture
def database(channel):
  return proto_reflection_descriptor_database.ProtoReflectionDescriptorDatabase(channel)


@pytest.fixture(params=["v1", "v1alpha"])
def ask(request, channel, contracts):
  """One question on a stream of its own, by the contract's stub."""
  package = f"grpc.reflection.{request.param}"
  stub = contracts.stub(channel, f"{package}.ServerReflection")
  question_class = contracts.message(f"{package}.ServerReflectionRequest")

  def ask(**question):
    [answer] = stub.ServerReflectionInfo(iter([question_class(**question)]), timeout=5)
    return answer
  return ask


def test_the_client_lists_the_services(database):
  services = set(database.get_services())
  assert cases.SERVICE in services
  assert V1ALPHA in services


def test_the_client_finds_a_file_by_symbol_and_its_dependencies_by_name(database):
  file = database.FindFileContainingSymbol(cases.SERVICE)
  assert file.package == "grpc.testing"
  assert [service.name for service in file.service][0] == "TestService"
  assert file.dependency
  for name in file.dependency:
    assert database.FindFileByName(name).name == name


def test_the_client_finds_the_file_of_a_message(database):
  file = database.FindFileContainingSymbol("grpc.testing.SimpleRequest")
  assert "SimpleRequest" in [message.name for message in file.message_type]


def test_the_client_finds_the_file_of_a_method(database):
  file = database.FindFileContainingSymbol(f"{cases.SERVICE}.UnaryCall")
  assert "TestService" in [service.name for service in file.service]


@pytest.mark.parametrize("question", ["FindFileContainingSymbol", "FindFileByName"])
def test_what_is_not_there_is_not_found(database, question):
  with pytest.raises(KeyError):
    getattr(database, question)("no.such.Thing")


def test_a_call_works_with_messages_known_by_reflection_alone(channel, database):
  pool = descriptor_pool.DescriptorPool(database)
  method = pool.FindServiceByName(cases.SERVICE).FindMethodByName("UnaryCall")
  request_class = message_factory.GetMessageClass(method.input_type)
  response_class = message_factory.GetMessageClass(method.output_type)
  call = channel.unary_unary(f"/{cases.SERVICE}/UnaryCall", request_serializer=request_class.SerializeToString,
                             response_deserializer=response_class.FromString)
  response = call(request_class(response_size=77), timeout=5)
  assert len(response.payload.body) == 77


def test_list_services(ask):
  answer = ask(list_services="")
  names = [service.name for service in answer.list_services_response.service]
  assert {cases.SERVICE, V1, V1ALPHA, "grpc.health.v1.Health"} <= set(names)
  assert len(names) == len(set(names))


def test_file_containing_symbol(ask):
  answer = ask(file_containing_symbol=cases.SERVICE)
  files = [descriptor_pb2.FileDescriptorProto.FromString(file)
           for file in answer.file_descriptor_response.file_descriptor_proto]
  assert "TestService" in [service.name for file in files for service in file.service]
  assert answer.original_request.file_containing_symbol == cases.SERVICE


@pytest.mark.parametrize("question", [
  {"file_containing_symbol": "no.such.Thing"}, {"file_by_filename": "no/such.proto"},
  {"file_containing_extension": {"containing_type": "grpc.testing.SimpleRequest", "extension_number": 4711}},
  {"all_extension_numbers_of_type": "no.such.Thing"}])
def test_an_unknown_name_is_answered_by_not_found(ask, question):
  answer = ask(**question)
  assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
  assert answer.error_response.error_message


def test_one_stream_answers_questions_in_order(channel):
  requests = cases.Requests()
  answers = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter(requests), timeout=5)
  for _ in range(3):
    requests.send(reflection_pb2.ServerReflectionRequest(file_by_filename="no/such.proto"))
    assert next(answers).WhichOneof("message_response") == "error_response"
    requests.send(reflection_pb2.ServerReflectionRequest(list_services=""))
    assert next(answers).WhichOneof("message_response") == "list_services_response"
  requests.close()
  assert list(answers) == []
