"""A mesh without the demo market and two gateways, as behind a balancer; mailboxes and webhooks outside of it."""

import contextlib

import pytest

import gateways
import mailboxes
import meshes
import outside as outsides


@pytest.fixture(scope="package")
def mailbox():
    with mailboxes.Mailboxes() as mailbox:
        yield mailbox


@pytest.fixture(scope="package")
def people():
    """Who takes webhooks, with `port` as theirs."""
    people = outsides.People()
    with outsides.Outside(people) as outside:
        people.port = outside.port
        yield people
    assert not outside.failures, outside.failures


@contextlib.contextmanager
def _started(mailbox, people):
    settings = {
        "edge": {"SHUTDOWN_DELAY": "1s", "READ_TIMEOUT": "20s", "LIVE_HEARTBEAT": "1s", "ANALYTICS_ROLL_UP": "300ms"},
        "notifier": {
            "SMTP_URL": f"smtp://127.0.0.1:{mailbox.port}", "SMTP_TLS": "none", "MAIL_FROM": "Radar <radar@radar.test>",
            # Port 9: webhooks may be registered there, where nobody answers.
            "OUTBOUND_ALLOW": f"127.0.0.1:{people.port}, 127.0.0.1:9", "DELIVERY_ATTEMPTS": "3"}}
    with meshes.running(settings, extra_ports=("edge2",)) as mesh:
        mesh.start_service("edge", name="edge2")
        edge = gateways.Gateways(mesh)
        edge.import_products(40)
        yield edge


@pytest.fixture(scope="package")
def edge(mailbox, people):
    with _started(mailbox, people) as edge:
        yield edge


@pytest.fixture(scope="module")
def edge_to_spoil(mailbox, people):
    """One for a module that changes and deletes what it likes."""
    with _started(mailbox, people) as edge:
        yield edge
