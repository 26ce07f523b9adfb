"""What the peers that prove this suite do otherwise than a test wants, with the reason.

Each entry is a part of a test's name (folder/file.py::test[parameter]). The project's own executables have none.
"""

_NGHTTPD: tuple[tuple[str, str], ...] = (
  ("with_a_lower_number_than_before", "libnghttp2 ignores HEADERS on a stream that was skipped"),
  ("refused_with_415", "a file server takes every content-type"),
  ("header_list_far_above_the_limit", "nghttpd resets with INTERNAL_ERROR"),
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
)


def of(peer: str) -> tuple[tuple[str, str], ...]:
  return {"nghttpd": _NGHTTPD, "grpcio": _GRPCIO}.get(peer, ())
