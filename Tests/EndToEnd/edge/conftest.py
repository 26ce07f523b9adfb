"""A mesh without the demo market and two gateways, as behind a balancer."""

import pytest

import gateways
import meshes


@pytest.fixture(scope="package")
def edge():
    settings = {"edge": {"SHUTDOWN_DELAY": "1s", "READ_TIMEOUT": "20s"},
                # Webhooks may be registered there, where nobody answers.
                "notifier": {"OUTBOUND_ALLOW": "127.0.0.1:9"}}
    with meshes.running(settings, extra_ports=("edge2",)) as mesh:
        mesh.start_service("edge", name="edge2")
        edge = gateways.Gateways(mesh)
        edge.import_products(40)
        yield edge
