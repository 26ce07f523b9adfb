"""What is in the images, and what is not."""

import hashlib
import json
import pathlib
import re
import stat
import subprocess

import pytest
from engine import NAMES, PROJECT, image_of

MAXIMUM = 150 * 1024 * 1024
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}")
SERVICES = [name for name in NAMES if name != "fiyat"]


@pytest.fixture(scope="module", params=NAMES, name="image")
def image_fixture(request, engine):
    """Each image in turn, with its root where it can be read."""
    name = request.param
    described = engine.json("image", "inspect", image_of(name))[0]
    mounted = pathlib.Path(engine("image", "mount", image_of(name)).stdout.strip())
    yield name, described, mounted
    engine("image", "unmount", image_of(name))


def files(root):
    """Everything in a root, by the path that its program sees."""
    return {f"/{path.relative_to(root)}": path for path in root.rglob("*")}


def test_an_image_says_what_it_is_and_runs_its_program_as_a_user_without_a_name(image):
    name, described, _ = image
    configuration = described["Config"]
    assert configuration["User"] == "10001:10001" and configuration["Entrypoint"] == ["/service"]
    assert not configuration.get("Cmd") and not configuration.get("Volumes") and not configuration.get("ExposedPorts")
    labels = configuration["Labels"]
    assert labels["org.opencontainers.image.title"] == NAMES[name]
    assert labels["org.opencontainers.image.version"] and re.fullmatch(
        r"[0-9a-f]{40}|unknown", labels["org.opencontainers.image.revision"])
    probe = described["Healthcheck"]["Test"] if described.get("Healthcheck") else None
    assert probe == (["CMD", "/service", "--probe"] if name in SERVICES else None)


def test_an_image_takes_no_more_than_it_may(image):
    name, described, root = image
    taken = sum(path.lstat().st_size for path in files(root).values() if path.is_file() and not path.is_symlink())
    assert 20 * 1024 * 1024 < taken <= MAXIMUM, f"{name}: {taken} bytes"
    assert described["Size"] <= MAXIMUM * 1.05, f"{name}: {described['Size']} bytes"


def test_the_program_brings_the_swift_runtime_and_needs_only_c_libraries(image):
    name, _, root = image
    names = {pathlib.PurePath(path).name for path in files(root)}
    assert not {each for each in names if re.match(r"lib(swift|Foundation|_Foundation|dispatch|Blocks)", each)}
    needed = subprocess.run(["readelf", "--dynamic", str(root / "service")], capture_output=True, text=True, check=True).stdout
    libraries = set(re.findall(r"\(NEEDED\)\s+Shared library: \[(.+?)\]", needed))
    assert libraries and libraries <= names, libraries - names
    # Nothing but the folder of the program itself, which SwiftPM writes.
    assert set(re.findall(r"R(?:UN)?PATH.*\[(.*)\]", needed)) <= {"$ORIGIN"}
    # And what these need in turn: the loader finds all of it, or would not come to the program.
    sections = subprocess.run(["readelf", "--section-headers", "--wide", str(root / "service")], capture_output=True,
                              text=True, check=True).stdout
    assert ".debug_info" not in sections and ".symtab" not in sections, "the program is not stripped"


def test_an_image_has_no_other_program_and_nothing_that_raises_rights(image):
    name, _, root = image
    found = files(root)
    for folder in ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local", "/var", "/root", "/home"):
        assert folder not in found, folder
    programs = []
    for path, place in found.items():
        mode = place.lstat().st_mode
        assert not mode & (stat.S_ISUID | stat.S_ISGID), f"{path} raises rights"
        assert stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode), f"{path} is no file"
        assert not stat.S_ISREG(mode) or place.stat().st_uid == 0, f"{path} is not root's"
        assert stat.S_ISLNK(mode) or not mode & 0o022 or path == "/tmp", f"{path} can be written"
        if stat.S_ISREG(mode) and mode & 0o111 and not re.search(r"\.so(\.[0-9.]+)?$", path):
            programs.append(path)
    assert programs == ["/service"], f"{name}: {programs}"


def test_what_programs_read_at_run_time_is_there(image):
    _, _, root = image
    certificates = (root / "etc/ssl/certs/ca-certificates.crt").read_text()
    assert certificates.count("BEGIN CERTIFICATE") > 50
    assert (root / "usr/share/zoneinfo/Europe/Istanbul").read_bytes()[:4] == b"TZif"
    assert list(root.glob("usr/lib/*/gconv/ISO8859-9.so"))
    assert "fiyatradari:x:10001:10001:" in (root / "etc/passwd").read_text()
    # The engine's mounts find their places on a root that cannot be written.
    for place in ("proc", "sys", "dev", "tmp", "run/secrets"):
        assert (root / place).is_dir(), place


def test_no_secret_is_in_an_image_its_layers_or_its_history(image, engine, tmp_path):
    name, described, root = image
    history = json.dumps([described["History"], described["Config"]])
    assert not [entry for entry in described["Config"].get("Env") or [] if not entry.startswith("PATH=")]
    assert not re.search(r"(?i)password|passwd=|token=|secret_?key|BEGIN [A-Z ]*PRIVATE KEY|://[^/\s:]+:[^@\s]+@", history)
    # Every layer, not only what the last one shows.
    engine("save", "--format", "oci-dir", "--output", tmp_path / "image", image_of(name))
    index = json.loads((tmp_path / "image/index.json").read_text())
    blobs = tmp_path / "image/blobs/sha256"
    manifest = json.loads((blobs / index["manifests"][0]["digest"].removeprefix("sha256:")).read_text())
    paths = []
    for layer in manifest["layers"]:
        blob = blobs / layer["digest"].removeprefix("sha256:")
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
        listed = subprocess.run(["tar", "--list", "--file", str(blob)], capture_output=True, text=True, check=True).stdout
        paths += [f"/{line.strip('./')}" for line in listed.splitlines()]
    # Nothing is in a layer that a later one hides.
    assert "/service" in paths and not [path for path in paths if "/.wh." in path]
    assert {path for path in paths if path != "/"} <= set(files(root))
    assert not [path for path in paths if re.search(r"(?i)\.(pem|key|env|git)$|id_rsa|/run/secrets/.", path)]
    for path, place in files(root).items():
        # GnuTLS has the keys of its own self-test, which everyone knows; libraries are the distribution's as they are.
        if place.is_file() and not place.is_symlink() and not re.search(r"\.so(\.[0-9.]+)?$", path):
            assert not PRIVATE_KEY.search(place.read_bytes()), f"a private key is in {path}"


def test_the_search_for_keys_finds_one():
    assert PRIVATE_KEY.search(b"x-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n")


def test_an_engine_gets_sources_alone_to_build_from():
    """What .dockerignore lets through is tracked, but for what was built outside and the versions of packages."""
    first, *rest = (PROJECT / ".dockerignore").read_text().split()
    assert first == "*"
    kept_out = [line.removeprefix("**/") for line in rest if line.startswith("**/")]
    let_in = {line[1:] for line in rest if line.startswith("!")} - {"prebuilt", "Package.resolved"}
    assert len(kept_out) + len(let_in) + 2 == len(rest)
    for place in let_in:
        done = subprocess.run(["git", "-C", str(PROJECT), "ls-files", "--others", "--ignored", "--exclude-standard", place],
                              capture_output=True, text=True, check=True)
        ignored = [path for path in done.stdout.splitlines() if not set(path.split("/")) & set(kept_out)]
        assert not ignored, f"what git ignores would come along: {ignored[:3]}"


def run(engine, name, *arguments, options=()):
    """A program in its image, confined; how it ended, and what it wrote."""
    container = engine.start("once", "--network", "none", "--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL",
                             "--security-opt=no-new-privileges", *options, image_of(name), *arguments)
    engine("wait", container, timeout=60)
    code, log = engine.state(container)["ExitCode"], engine.logs(container)
    engine.remove(container)
    return code, log


@pytest.mark.parametrize("name", NAMES)
def test_a_program_runs_in_its_image_with_no_right_at_all(engine, name):
    code, log = run(engine, name, "--help")
    assert code == 0 and NAMES[name] in log, log


@pytest.mark.parametrize("name", SERVICES)
def test_a_program_without_settings_says_what_is_missing(engine, name):
    code, log = run(engine, name)
    assert code == 78 and "is not set" in log, log


@pytest.mark.parametrize("name", SERVICES)
def test_a_probe_fails_where_nobody_answers(engine, name):
    code, log = run(engine, name, "--probe")
    assert code == 69 and "nobody answers at OPS_LISTEN" in log, log


def test_an_image_has_no_shell(engine):
    done = engine("run", "--rm", "--no-healthcheck", *engine.limits, "--network", "none", "--entrypoint", "sh",
                  image_of("edge"), "-c", "true", check=False)
    assert done.returncode == 127 and "not found" in done.stderr, done.stderr
