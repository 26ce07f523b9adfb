"""What the peers that prove this suite do otherwise than a test wants, with the reason.

Each entry is a part of a test's name (folder/file.py::test[parameter]). The project's own executables have none.
A test that passes in spite of its entry fails the run, except where the reason begins with SOMETIMES.
"""

SOMETIMES = "sometimes: "

_NGHTTPD: tuple[tuple[str, str], ...] = (
  ("with_a_lower_number_than_before", "libnghttp2 ignores HEADERS on a stream that was skipped"),
  ("refused_with_415", "a file server takes every content-type"),
  ("header_list_far_above_the_limit", "nghttpd resets with INTERNAL_ERROR"),
  ("test_flood[rapid_reset]", "libnghttp2's own limit ends the connection with INTERNAL_ERROR"),
  ("test_flood[ping]", "nghttpd has no limit"),
  ("test_flood[settings]", "nghttpd has no limit"),
  ("test_flood[empty_data]", "nghttpd has no limit"),
  ("test_flood[slow_headers]", "nghttpd waits for a minute"),
  ("a_handler_that_does_not_read", "nghttpd has no handler: it answers when the request has ended"),
  ("data_beyond_the_servers_window", "nghttpd has no handler: it answers when the request has ended"),
)
# The conformance tests are for nghttpd: gRPC's own transport checks about half of what they ask for.
_GRPCIO: tuple[tuple[str, str], ...] = (
  ("test_health.py::test_list", "grpcio-health-checking's servicer has no List"),
  ("test_reflection.py::test_list_services[", "grpcio-reflection serves v1alpha alone, and only names given to it"),
  ("finds_the_file_of_a_method", "grpcio-reflection does not know methods as symbols"),
  ("[v1]", "grpcio-reflection serves v1alpha alone"),
  ("[v1-", "grpcio-reflection serves v1alpha alone"),
  ("test_a_content_type_that_is_not_grpc_gets_415", "C-core does not look at the content-type"),
  ("test_a_request_without_te", "C-core resets the stream"),
  ("other_than_post_is_refused[GET]", "C-core resets the stream"),
  ("other_than_post_is_refused[PUT]", "C-core resets the stream"),
  ("timeout_is_refused[123456789S]", "C-core takes more than eight digits"),
  ("timeout_is_refused[18446744073709551616n]", "C-core takes more than eight digits"),
  ("test_an_unknown_flag_is_internal", SOMETIMES + "C-core may answer before it looks at the flag"),
  ("at_the_streams_end_is_internal[/grpc.testing.TestService/UnaryCall-cut-second]",
   "C-core reads one message of a unary call"),
  ("at_the_streams_end_is_internal[/grpc.testing.TestService/StreamingInputCall",
   "C-core takes a cut message for the end of the stream"),
  ("with_no_or_two_messages_is_an_error[two]", "C-core reads one message of a unary call"),
  ("test_an_unknown_encoding_is_unimplemented", "C-core answers INTERNAL"),
  ("test_a_broken_gzip_stream_is_internal[empty]", "C-core takes an empty body for an empty message"),
  ("test_http_1_is_served", "C-core speaks HTTP/2 alone"),
  ("test_grpc_over_http_1", "C-core speaks HTTP/2 alone"),
)


def of(peer: str) -> tuple[tuple[str, str], ...]:
  return {"nghttpd": _NGHTTPD, "grpcio": _GRPCIO}.get(peer, ())
