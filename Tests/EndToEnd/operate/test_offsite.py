"""The off-site repository of the template: an S3-compatible store, here moto's over TLS."""

import asyncio
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import threading
import urllib.request

import certificates
import pytest
from meshes import eventually, free_ports

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import drills  # noqa: E402

pytestmark = pytest.mark.timeout(300)
BUCKET = "backups"


class Front:
    """TLS before the store, whose own ends connections without saying so, which pgBackRest takes for a loss."""

    def __init__(self, material, behind):
        self._behind, self._loop = behind, asyncio.new_event_loop()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(material.server_cert, material.server_key)
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._relay, "127.0.0.1", 0, ssl=context), self._loop).result(20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _relay(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._behind)
            there = asyncio.create_task(self._copy(reader, far_writer))
            await self._copy(far_reader, writer)
            there.cancel()
            far_writer.close()
        except OSError:
            # The one who asked sees a closed connection.
            pass
        finally:
            writer.close()

    @staticmethod
    async def _copy(reader, writer):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()

    def close(self):
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with an empty bucket: its port, and who signed its certificate."""
    material = certificates.make(tmp_path_factory.mktemp("store"))
    port = free_ports(["store"])["store"]
    process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def makes_bucket():
        request = urllib.request.Request(f"http://127.0.0.1:{port}/{BUCKET}", method="PUT", headers={
            "Authorization": "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request"})
        try:
            return urllib.request.urlopen(request, timeout=5).status == 200
        except OSError:
            return False

    front = None
    try:
        eventually("the store has a bucket", makes_bucket)
        front = Front(material, port)
        yield front.port, material.ca
    finally:
        if front:
            front.close()
        process.terminate()
        process.wait()


def with_store(config, port, authority):
    """The template's lines on the store, taken into use."""
    text = re.sub(r"^#(repo2-)", r"\1", config.read_text(), flags=re.M)
    for name, value in {"repo2-s3-bucket": BUCKET, "repo2-s3-endpoint": certificates.SERVER_NAME,
                        "repo2-s3-region": "us-east-1"}.items():
        text, count = re.subn(rf"^{name}=.*$", f"{name}={value}", text, flags=re.M)
        assert count == 1, f"the template no longer sets {name}"
    return text.replace("[global]\n", "[global]\n" + "".join(f"repo2-{line}\n" for line in (
        "storage-host=localhost", f"storage-port={port}", f"storage-ca-file={authority}", "s3-key=key",
        "s3-key-secret=secret", "cipher-pass=a-pass-for-this-test")), 1)


def test_a_database_comes_back_from_the_off_site_store_alone(store):
    port, authority = store
    with drills.running() as drill:
        drill.archive()
        shutil.copy(authority, drill.folder / "ca.pem")
        (drill.folder / "ca.pem").chmod(0o644)
        drill.config.write_text(with_store(drill.config, port, drill.folder / "ca.pem"))
        drill.run("pgbackrest", f"--config={drill.config}", f"--stanza={drills.STANZA}", "stanza-create")
        drill.listings("offsite", 10)
        # pgBackRest's own variable says which repository is meant.
        drill.fiyat("now", "--type", "full", environment={"PGBACKREST_REPO": "2"})
        later = drill.listings("later", 10)
        drill.archived()
        # What the machine had is gone with it.
        shutil.rmtree(drill.folder / "repository")
        drill.mesh.kill("postgres")
        shutil.rmtree(drill.data)
        drill.fiyat("restore", "--to", "latest", "--into", drill.data, environment={"PGBACKREST_REPO": "2"})
        # WAL comes from the store as well.
        drill.run(drill.pg_bin / "pg_ctl", "-D", drill.data, "-l", drill.folder / "restored.log", "-w", "start")
        eventually("recovery ends", lambda: drill.mesh.sql("SELECT pg_is_in_recovery()") == "f")
        assert drill.titles("offsite") == 10 and drill.observations(later) == 10
        drill.run(drill.pg_bin / "pg_ctl", "-D", drill.data, "-w", "-m", "fast", "stop")
        drill.mesh.start("postgres")
