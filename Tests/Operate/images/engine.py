"""podman with the store that `make images` fills, as root and without a system around it: no systemd, no daemon."""

import hashlib
import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parents[3]
STORE = pathlib.Path(os.environ.get("IMAGE_STORE") or PROJECT / ".build/images")
NAMES = {"catalog": "catalog-service", "pricing": "pricing-service", "notifier": "notifier-service",
         "edge": "edge-gateway", "fiyat": "fiyat"}
RECIPES = pathlib.Path(__file__).parent / "stand-ins"
# A changed recipe makes another image.
RECIPES_TAG = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(RECIPES.iterdir()))).hexdigest()[:12]
# What compose files and manifests name, and what stands in for it.
STAND_INS = {"docker.io/library/postgres:15-bookworm": f"localhost/fiyatradari/stand-in-postgres:{RECIPES_TAG}",
             "docker.io/library/redis:7.2-bookworm": f"localhost/fiyatradari/stand-in-redis:{RECIPES_TAG}"}
VERSION = os.environ.get("VERSION") or "dev"


def image_of(name):
    """What `make images` calls the image of a service."""
    return f"localhost/fiyatradari/{name}:{VERSION}"


class Engine:
    """Runs podman's commands. What it starts ends with `close`."""

    def __init__(self):
        for program in ("podman", "buildah", "runc"):
            found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
            assert found, f"{program} is missing; run: dev/bootstrap.sh --images"
        assert os.geteuid() == 0, "containers with limits and networks of their own need root"
        assert (STORE / "driver").is_file(), f"there are no images in {STORE}; run: make images"
        self.store = ["--root", str(STORE / "storage"), "--runroot", str(STORE / "run"),
                      "--storage-driver", (STORE / "driver").read_text().strip()]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="engine-"))
        # podman asks for as many as the kernel has, which this process may not be allowed to give. The number of processes
        # is bounded by the container's own limit.
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.limits = [f"--ulimit=nofile={files}:{files}", "--ulimit=nproc=4096:4096"]
        (self.folder / "containers.conf").write_text(
            f'[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n'
            f'[network]\nnetwork_backend = "netavark"\nnetwork_config_dir = "{self.folder}/networks"\n')
        (self.folder / "networks").mkdir()
        self.environment = {"PATH": os.environ["PATH"], "CONTAINERS_CONF": str(self.folder / "containers.conf"),
                            "TMPDIR": os.environ.get("TMPDIR", "/tmp")}
        self.containers, self.networks, self.volumes = [], [], []
        self.started = 0
        # Names are the machine's: those of another run must not meet ours.
        self.prefix = f"fiyatradari-{os.getpid()}"

    def command(self, *arguments):
        """A command of podman's, whole."""
        return ["podman", *self.store, *map(str, arguments)]

    def __call__(self, *arguments, check=True, timeout=300):
        done = subprocess.run(self.command(*arguments), env=self.environment, capture_output=True, text=True, check=False,
                              timeout=timeout)
        assert not check or done.returncode == 0, f"podman {' '.join(map(str, arguments))}: {done.stderr}"
        return done

    def json(self, *arguments):
        """What a command says as JSON."""
        return json.loads(self(*arguments).stdout)

    def has(self, image):
        """Whether an image is there."""
        return self("image", "exists", image, check=False).returncode == 0

    def make_stand_ins(self):
        """Builds what stands in for the images of others, once."""
        for name in STAND_INS.values():
            if self.has(name):
                continue
            target = name.partition("stand-in-")[2].partition(":")[0]
            done = subprocess.run(
                ["buildah", *self.store, "bud", "--isolation", "chroot", "--pull-never", "--target", target, "--build-arg",
                 "BASE_IMAGE=localhost/fiyatradari/base:bookworm", "-t", name, str(RECIPES)],
                capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{name} cannot be built:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"

    def network(self, name, internal=False):
        """Makes a network; returns its name."""
        whole = f"{self.prefix}-{name}"
        self("network", "create", *(["--internal"] if internal else []), whole)
        self.networks.append(whole)
        return whole

    def volume(self, name):
        """Makes a volume; returns its name."""
        whole = f"{self.prefix}-{name}"
        self("volume", "create", whole)
        self.volumes.append(whole)
        return whole

    def start(self, name, *arguments):
        """Starts a container; returns its whole name."""
        self.started += 1
        whole = f"{self.prefix}-{self.started}-{name}"
        self.containers.append(whole)
        self("run", "--detach", "--no-healthcheck", *self.limits, "--name", whole, *arguments)
        return whole

    def state(self, container):
        """What the engine knows of a container now."""
        return self.json("inspect", "--type", "container", container)[0]["State"]

    def logs(self, container):
        """What a container has written."""
        done = self("logs", container)
        return done.stdout + done.stderr

    def completes(self, container, seconds=120):
        """Waits for a container's end, which must be a success."""
        self("wait", container, timeout=seconds)
        state = self.state(container)
        assert state["ExitCode"] == 0, f"{container} ended with {state['ExitCode']}:\n{self.logs(container)[-3000:]}"

    def eventually(self, container, what, condition, seconds=90):
        """Waits for a condition of a container that runs, and must go on to."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            state = self.state(container)
            assert state["Running"], f"{container} ended with {state['ExitCode']}:\n{self.logs(container)[-3000:]}"
            assert time.monotonic() < deadline, f"{what}: not within {seconds} s:\n{self.logs(container)[-3000:]}"
            time.sleep(0.1)
        return value

    def addresses(self, container):
        """A container's addresses, by the networks it is in."""
        networks = self.json("inspect", "--type", "container", container)[0]["NetworkSettings"]["Networks"]
        return {name: network["IPAddress"] for name, network in networks.items()}

    def remove(self, container):
        """Removes a container, whatever it does."""
        for _ in range(3):
            done = self("rm", "--force", "--volumes", "--ignore", "--time", "0", container, check=False)
            # One that ends at this very moment can be removed a moment later.
            if done.returncode == 0:
                break
        assert done.returncode == 0, done.stderr
        self.containers.remove(container)

    def close(self):
        """Removes all that was made, but the images."""
        for container in reversed(self.containers.copy()):
            self.remove(container)
        for network in self.networks:
            self("network", "rm", "--force", network)
        for volume in self.volumes:
            self("volume", "rm", "--force", volume)
        shutil.rmtree(self.folder)
