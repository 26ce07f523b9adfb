"""Scripts for operators: their form, what they say they would do, and what they refuse."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import custom_resources
import pytest
import yaml
from overlays import K8S, PROJECT, objects, tool

SCRIPTS = K8S / "scripts"
SHELL = sorted([*SCRIPTS.glob("*.sh"), K8S / "components/redis-cluster/keeper.sh",
                K8S / "overlays/dev/stores/passwords.sh",
                *(PROJECT / "ops" / "region").glob("*.sh"), *(PROJECT / "ops" / "replica").glob("*.sh"),
                PROJECT / "Tests/Operate/images/stand-ins/postgres-entrypoint.sh",
                *(PROJECT / "dev" / name for name in (
                    "image-root.sh", "images.sh", "in-image.sh", "make-secrets.sh", "release.sh", "test-images.sh", "test-operate.sh"))])


def run(script, *arguments, stdin=""):
    return subprocess.run([str(SCRIPTS / script), *arguments], capture_output=True, text=True, check=False, input=stdin)


def commands(script, *arguments):
    """What a dry run says it would run, with the scratch folder's name replaced."""
    done = run(script, "--dry-run", *arguments)
    assert done.returncode == 0, done.stderr
    text = done.stdout.replace(str(K8S / "overlays"), "OVERLAYS")
    text = re.sub(rf"{re.escape(tempfile.gettempdir())}/tmp\.\w+/k8s/overlays", "EXCHANGED", text)
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.name)
def test_shell_scripts_are_clean(path):
    done = subprocess.run([tool("shellcheck"), "-x", str(path)], capture_output=True, text=True, check=False, cwd=PROJECT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", ["Dockerfile", "Tests/Operate/images/stand-ins/Dockerfile"])
def test_recipes_of_images_are_clean(path):
    done = subprocess.run([tool("hadolint"), str(PROJECT / path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


K = "kubectl --context %s -n fiyatradari"
ROLLOUTS = [f"{K} rollout status deployment/{name} --timeout=10m"
            for name in ("catalog", "pricing", "pricing-worker", "notifier", "edge")]
MIGRATION = "app.kubernetes.io/component=migration"


def deployed(context, folder, migrates=True):
    steps = [f"{K} delete job -l {MIGRATION} --ignore-not-found",
             f"{K} apply -k {folder} -l 'app.kubernetes.io/part-of=fiyatradari,!app.kubernetes.io/name'",
             f"{K} wait --for=condition=complete --timeout=1h job -l {MIGRATION}"] if migrates else []
    return [step % context for step in [*steps, f"{K} apply -k {folder}", *ROLLOUTS]]


def primary(context, region, token=""):
    more = f',"promotionToken":"{token}"' if token else ""
    return (K + " patch cluster.postgresql.cnpg.io postgres --type merge -p "
            "'{\"spec\":{\"replica\":{\"primary\":\"%s\"%s}}}'") % (context, region, more)


def test_a_deployment_migrates_first():
    assert commands("deploy.sh", "--context", "here", "production") == deployed("here", "OVERLAYS/production")


def test_a_fail_over_fences_promotes_and_then_moves_the_services():
    assert commands("fail-over.sh", "--survivor", "fra", "--lost", "ist") == [
        (K + " annotate cluster.postgresql.cnpg.io postgres 'cnpg.io/fencedInstances=[\"*\"]' --overwrite") % "ist",
        primary("fra", "frankfurt"), *deployed("fra", "EXCHANGED/region-primary")]


def test_a_fail_over_without_the_lost_region_does_not_call_it():
    assert commands("fail-over.sh", "--survivor", "fra", "--lost-is-gone")[0] == primary("fra", "frankfurt")


def test_a_switch_back_demotes_before_it_promotes():
    assert commands("fail-back.sh", "switch", "--from", "fra", "--to", "ist") == [
        primary("fra", "istanbul"), primary("ist", "istanbul", "DEMOTION-TOKEN"),
        *deployed("ist", "OVERLAYS/region-primary"),
        *deployed("fra", "OVERLAYS/region-replica", migrates=False)]


def test_a_rebuild_touches_the_region_that_was_lost_alone():
    steps = commands("fail-back.sh", "rebuild", "--from", "fra", "--to", "ist")
    assert all(step.startswith(K % "ist") for step in steps)
    assert (K % "ist") + " apply -k EXCHANGED/region-replica" in steps
    deletions = [index for index, step in enumerate(steps) if " delete " in step]
    assert len(deletions) == 2 and max(deletions) < steps.index((K % "ist") + " apply -k EXCHANGED/region-replica")


@pytest.mark.parametrize("script, arguments, message", [
    ("fail-over.sh", ["--survivor", "a"], "--lost-is-gone when nobody can reach it"),
    ("fail-over.sh", ["--survivor", "a", "--lost", "a"], "the same context"),
    ("fail-over.sh", ["--survivor", "a", "--lost", "b", "--lost-is-gone"], "not both"),
    ("fail-over.sh", ["--lost", "b"], "--survivor is missing"),
    ("fail-over.sh", ["--survivor"], "--survivor needs a value"),
    ("fail-back.sh", ["--from", "a", "--to", "b"], "rebuild or switch"),
    ("fail-back.sh", ["switch", "--from", "a", "--to", "a"], "the same context"),
    ("fail-back.sh", ["switch", "rebuild"], "one step at a time"),
    ("deploy.sh", [], "say which overlay"), ("deploy.sh", ["prodution"], "no overlay prodution: expected a folder, or"),
])
def test_scripts_refuse_what_is_not_clear_before_they_do_anything(script, arguments, message):
    done = run(script, *arguments)
    assert done.returncode == 1 and message in done.stderr and not done.stdout


# Regions without Kubernetes: ops/region.

REGION = PROJECT / "ops" / "region"
ROLES = {"writing": ("pricing-service", "catalog-service", "notifier-service", "edge-gateway"),
         "reading": ("pricing-service", "catalog-service", "edge-gateway")}


@pytest.fixture
def settings(tmp_path):
    """The folder of a region's two roles, which reads now."""
    for role, services in ROLES.items():
        (tmp_path / role).mkdir()
        for service in services:
            (tmp_path / role / f"{service}.conf").write_text("")
    (tmp_path / "role").symlink_to("reading")
    return tmp_path


def region(script, settings, *arguments, **environment):
    done = subprocess.run([str(REGION / script), "--settings", str(settings), "--data", str(settings / "data"), *arguments],
                          capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], **environment})
    lines = done.stdout.replace(str(settings), "SETTINGS").replace(str(REGION), "REGION").splitlines()
    return done, [line for line in lines if not line.startswith("#")]


def taken(role):
    """What taking a role does: each service started anew and awaited, but the one that the role has not."""
    steps = [f"ln -sfn {role} SETTINGS/role"]
    for service in ROLES["writing"]:
        steps.append(f"systemctl restart fiyatradari@{service}")
        if service in ROLES[role]:
            steps.append(f"/usr/bin/{service} --config SETTINGS/role/{service}.conf --probe")
    return steps


def test_a_region_without_a_cluster_takes_over(settings):
    done, steps = region("fail-over.sh", settings, "--dry-run", "--lost-is-gone")
    assert done.returncode == 0, done.stderr
    assert steps == ["runuser -u postgres -- REGION/../replica/promote.sh SETTINGS/data", *taken("writing")]
    assert os.readlink(settings / "role") == "reading"


def test_a_region_without_a_cluster_follows_and_keeps_what_it_had(settings):
    (settings / "data").mkdir()
    done, steps = region("follow.sh", settings, "--dry-run", "--name", "region_a", PGHOST="10.0.0.2")
    assert done.returncode == 0, done.stderr
    stop, move, *rest = steps
    assert stop == "systemctl stop " + " ".join(f"fiyatradari@{each}" for each in ROLES["writing"]) + " postgresql"
    assert re.fullmatch(r"mv SETTINGS/data SETTINGS/data.before-[0-9-]+", move)
    assert rest == ["runuser -u postgres -- REGION/../replica/make-replica.sh region_a SETTINGS/data",
                    "systemctl start postgresql", *taken("reading")]
    assert (settings / "data").is_dir()


@pytest.mark.parametrize("script, arguments, message", [
    ("fail-over.sh", [], "say --lost-is-gone"),
    ("follow.sh", ["--name", "a"], "PGHOST is not set"),
    ("follow.sh", [], "--name is missing"),
    ("hand-over.sh", ["--all"], "usage: "),
])
def test_a_region_without_a_cluster_does_nothing_that_is_not_clear(settings, script, arguments, message):
    done, steps = region(script, settings, *arguments)
    assert done.returncode == 1 and message in done.stderr and not steps


def test_a_copy_hands_nothing_over(settings):
    (settings / "data").mkdir()
    (settings / "data" / "standby.signal").touch()
    done, steps = region("hand-over.sh", settings, "--dry-run")
    assert done.returncode == 1 and "is a copy" in done.stderr and not steps


def test_what_deploy_applies_first_is_all_that_migrations_need():
    """Labels decide: everything without a service's name comes first."""
    for overlay in ("dev", "production"):
        for item in objects(f"overlays/{overlay}"):
            labels = item["metadata"].get("labels", {})
            first = "app.kubernetes.io/name" not in labels
            if item["kind"] in ("Namespace", "Job", "Cluster", "StatefulSet"):
                assert first and labels["app.kubernetes.io/part-of"] == "fiyatradari", item["metadata"]["name"]
            if item["kind"] == "Deployment" and item["metadata"]["name"] != "redis":
                assert not first


def test_the_exchange_of_roles_makes_the_other_region_write(tmp_path):
    copy = tmp_path / "k8s"
    shutil.copytree(K8S, copy, ignore=shutil.ignore_patterns("files"))
    shutil.copytree(PROJECT / "monitoring/grafana", tmp_path / "monitoring/grafana")
    script = f'. {copy}/scripts/common.sh; exchanged'
    work = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    try:
        text = subprocess.run(["kubectl", "kustomize", f"{work}/k8s/overlays/region-primary"], capture_output=True, text=True,
                              check=True).stdout
        cluster = next(item for item in yaml.safe_load_all(text) if item["kind"] == "Cluster")
        assert cluster["spec"]["replica"] == {"self": "frankfurt", "primary": "frankfurt", "source": "istanbul"}
    finally:
        shutil.rmtree(work)


def test_rules_of_the_cluster_are_those_of_monitoring(tmp_path):
    script = SCRIPTS / "monitoring.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # The same script on a project that has others.
    for part in ("scripts", "components/monitoring"):
        shutil.copytree(K8S / part, tmp_path / "k8s" / part)
    (tmp_path / "monitoring/prometheus/rules").mkdir(parents=True)
    rules = "groups:\n- name: a\n  rules:\n  - alert: B\n    expr: |\n      x > 1\n      or y > 2\n"
    absent = "  - alert: C\n    expr: pg_up == 0\n- name: b\n  rules:\n  - alert: D\n    expr: absent(fiyatradari_backup_status)\n"
    (tmp_path / "monitoring/prometheus/rules/alerts.yml").write_text(rules + absent)
    (tmp_path / "monitoring/prometheus/cloudnative-pg").mkdir()
    operator = "groups:\n- name: c\n  rules:\n  - alert: C\n    expr: cnpg_pg_up == 0\n"
    (tmp_path / "monitoring/prometheus/cloudnative-pg/alerts.yml").write_text(operator)
    copy = [sys.executable, str(tmp_path / "k8s/scripts/monitoring.py")]
    assert subprocess.run([*copy, "--check"], capture_output=True, check=False).returncode == 1
    subprocess.run(copy, check=True)
    assert subprocess.run([*copy, "--check"], capture_output=True, check=False).returncode == 0
    made = list(yaml.safe_load_all((tmp_path / "k8s/components/monitoring/rules.yaml").read_text()))
    assert [item["spec"] for item in made] == [yaml.safe_load(rules), yaml.safe_load(operator)]
    assert not custom_resources.faults(made[0]["spec"], custom_resources.SHAPES["monitoring.coreos.com/v1", "PrometheusRule"])


def test_what_a_cluster_is_not_told_of_is_known():
    told = {rule["alert"] for item in yaml.safe_load_all((K8S / "components/monitoring/rules.yaml").read_text())
            for group in item["spec"]["groups"] for rule in group["rules"] if "alert" in rule}
    known = {path.stem for path in (PROJECT / "docs/runbooks").glob("*.md")}
    assert told <= known
    # pgBackRest's state is Barman's here, and nobody schedules restore drills (k8s/README.md).
    assert known - told == {"BackupUnwell", "RestoreDrillFailed", "RestoreDrillOld"}


def test_dashboards_of_the_cluster_are_the_files_of_monitoring():
    boards = {f"dashboard-{path.stem}": path for path in (PROJECT / "monitoring/grafana/dashboards").glob("*.json")}
    made = {item["metadata"]["name"]: item for item in objects("overlays/production")
            if item["metadata"].get("labels", {}).get("grafana_dashboard") == "1"}
    assert boards and made.keys() == boards.keys()
    for name, path in boards.items():
        assert made[name]["kind"] == "ConfigMap" and made[name]["data"] == {path.name: path.read_text()}


def test_secrets_are_drawn_once_and_for_their_owner_alone(tmp_path):
    script = str(PROJECT / "dev/make-secrets.sh")
    for _ in range(2):
        subprocess.run([script, "--for", "production", str(tmp_path)], check=True, capture_output=True)
        drawn = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
        before = locals().get("before", drawn)
        assert drawn == before
    described = yaml.safe_load((K8S / "overlays/dev/secrets/kustomization.yaml").read_text())["secretGenerator"]
    for entry in described:
        for path in entry["files"]:
            assert path.removeprefix("files/") in drawn
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    assert "sslmode=verify-full" in drawn["catalog/database-url"] and "@postgres-primary:" in drawn["catalog/database-url"]
    # Only digests are in the server's file.
    users = drawn["redis-acl/users.acl"]
    assert ">" not in users and not any(drawn[f"redis-acl/{user}-password"] in users for user in ("admin", "edge"))
    done = subprocess.run([script, "--for", "prod"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "expected dev, production or compose" in done.stderr


def test_the_secrets_that_were_drawn_make_the_secrets_that_pods_await(tmp_path):
    folder = tmp_path / "secrets"
    shutil.copytree(K8S / "overlays/dev/secrets", folder, ignore=shutil.ignore_patterns("files"))
    subprocess.run([str(PROJECT / "dev/make-secrets.sh"), str(folder / "files")], check=True, capture_output=True)
    text = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=True).stdout
    made = {item["metadata"]["name"]: item for item in yaml.safe_load_all(text)}
    assert {"catalog", "pricing", "notifier", "edge", "redis-acl", "postgres-passwords", "postgres-edge"} <= set(made)
    for name, item in made.items():
        assert item["kind"] == "Secret" and item["metadata"]["namespace"] == "fiyatradari"
        is_role = name.startswith("postgres-") and name != "postgres-passwords"
        assert item["type"] == ("kubernetes.io/basic-auth" if is_role else "Opaque"), name
