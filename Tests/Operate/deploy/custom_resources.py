"""The shapes of the custom resources that the manifests use, as far as they use them, written down from the operators'
published CRDs (CloudNativePG 1.26, its Barman Cloud plugin 0.5, cert-manager 1.16, Gateway API 1.2, Prometheus Operator
0.79, KEDA 2.16). A field that is not here is refused: whoever uses a new one looks it up there and adds it.

A name that ends in `!` is required. A dict is an object, a list of one shape a list of it, a set the texts allowed, a type
itself a value of that type, and `Map(shape)` an object with any names.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Map:
    """An object whose names are free."""

    shape: object


KEY = {"name!": str, "key!": str}
NAME = {"name!": str}
QUANTITIES = {"requests": Map(str), "limits": Map(str)}
ISSUER = {"name!": str, "kind": {"Issuer", "ClusterIssuer"}, "group": str}
USAGES = {"digital signature", "server auth", "client auth", "cert sign", "crl sign", "key encipherment"}
SELECTOR = {"matchLabels": Map(str), "matchExpressions": [{"key!": str, "operator!": str, "values": [str]}]}

SHAPES = {
    ("postgresql.cnpg.io/v1", "Cluster"): {
        "instances!": int, "imageName": str,
        "inheritedMetadata": {"labels": Map(str), "annotations": Map(str)},
        "certificates": {"serverAltDNSNames": [str]},
        "primaryUpdateStrategy": {"unsupervised", "supervised"},
        "postgresql": {
            "parameters": Map(str),
            "synchronous": {"method!": {"any", "first"}, "number!": int, "dataDurability": {"required", "preferred"}},
        },
        "bootstrap": {
            "initdb": {
                "database": str, "owner": str, "encoding": str, "localeCollate": str, "localeCType": str,
                "dataChecksums": bool, "postInitApplicationSQLRefs": {"configMapRefs": [KEY], "secretRefs": [KEY]},
            },
            "pg_basebackup": {"source!": str},
        },
        "managed": {
            "roles": [{"name!": str, "login": bool, "inRoles": [str], "passwordSecret": NAME}],
            "services": {
                "additional": [{
                    "selectorType!": {"rw", "r", "ro"},
                    "serviceTemplate!": {
                        "metadata": {"name": str, "labels": Map(str), "annotations": Map(str)},
                        "spec": {"type": {"ClusterIP", "NodePort", "LoadBalancer"}, "loadBalancerSourceRanges": [str],
                                 "externalTrafficPolicy": {"Local", "Cluster"}},
                    },
                }],
            },
        },
        "plugins": [{"name!": str, "isWALArchiver": bool, "parameters": Map(str)}],
        "storage": {"size": str}, "walStorage": {"size": str}, "resources": QUANTITIES,
        "affinity": {"enablePodAntiAffinity": bool, "podAntiAffinityType": {"required", "preferred"}, "topologyKey": str},
        "monitoring": {"enablePodMonitor": bool},
        "replica": {"self": str, "primary": str, "source!": str, "promotionToken": str},
        "externalClusters": [{"name!": str, "connectionParameters": Map(str), "sslKey": KEY, "sslCert": KEY,
                              "sslRootCert": KEY}],
    },
    ("postgresql.cnpg.io/v1", "Pooler"): {
        "cluster!": NAME, "instances": int, "type": {"rw", "ro", "r"},
        "pgbouncer!": {"poolMode": {"session", "transaction"}, "parameters": Map(str)},
        "template": {"metadata": {"labels": Map(str)}, "spec": {"containers!": [{}]}},
    },
    ("postgresql.cnpg.io/v1", "ScheduledBackup"): {
        "schedule!": str, "immediate": bool, "backupOwnerReference": {"none", "self", "cluster"}, "cluster!": NAME,
        "method": {"barmanObjectStore", "volumeSnapshot", "plugin"}, "pluginConfiguration": {"name!": str},
    },
    ("barmancloud.cnpg.io/v1", "ObjectStore"): {
        "retentionPolicy": str,
        "configuration!": {
            "destinationPath!": str, "endpointURL": str,
            "s3Credentials": {"accessKeyId": KEY, "secretAccessKey": KEY},
            "wal": {"compression": {"gzip", "zstd", "bzip2"}, "maxParallel": int},
            "data": {"compression": {"gzip", "snappy", "bzip2"}, "jobs": int},
        },
    },
    ("cert-manager.io/v1", "Issuer"): {"selfSigned": {}, "ca": {"secretName!": str}},
    ("cert-manager.io/v1", "Certificate"): {
        "isCA": bool, "commonName": str, "secretName!": str, "duration": str, "renewBefore": str,
        "privateKey": {"algorithm": {"RSA", "ECDSA", "Ed25519"}, "size": int, "rotationPolicy": {"Never", "Always"}},
        "usages": [USAGES], "uris": [str], "dnsNames": [str], "issuerRef!": ISSUER,
    },
    ("gateway.networking.k8s.io/v1", "Gateway"): {
        "gatewayClassName!": str,
        "listeners!": [{
            "name!": str, "protocol!": {"HTTP", "HTTPS", "TLS", "TCP"}, "port!": int, "hostname": str,
            "allowedRoutes": {"namespaces": {"from": {"Same", "All", "Selector"}}},
            "tls": {"mode": {"Terminate", "Passthrough"}, "certificateRefs": [NAME]},
        }],
    },
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): {
        "parentRefs": [{"name!": str, "sectionName": str}], "hostnames": [str],
        "rules": [{
            "matches": [{"path": {"type": {"Exact", "PathPrefix", "RegularExpression"}, "value": str}}],
            "filters": [{"type!": {"RequestRedirect"}, "requestRedirect": {"scheme": {"http", "https"}, "statusCode": int}}],
            "timeouts": {"request": str, "backendRequest": str},
            "backendRefs": [{"name!": str, "port": int}],
        }],
    },
    ("monitoring.coreos.com/v1", "PodMonitor"): {
        "selector!": SELECTOR,
        "podMetricsEndpoints": [{
            "port": str, "path": str, "interval": str, "scrapeTimeout": str,
            "relabelings": [{"sourceLabels": [str], "targetLabel": str, "regex": str, "replacement": str, "action": str}],
        }],
    },
    ("monitoring.coreos.com/v1", "PrometheusRule"): {
        "groups": [{"name!": str, "interval": str, "rules": [{
            "record": str, "alert": str, "expr!": str, "for": str, "keep_firing_for": str, "labels": Map(str),
            "annotations": Map(str)}]}],
    },
    ("keda.sh/v1alpha1", "ScaledObject"): {
        "scaleTargetRef!": NAME, "minReplicaCount": int, "maxReplicaCount": int, "pollingInterval": int,
        "cooldownPeriod": int, "fallback": {"failureThreshold!": int, "replicas!": int},
        "triggers!": [{"type!": str, "metricType": {"AverageValue", "Value", "Utilization"}, "metadata!": Map(str)}],
    },
}


def faults(value, shape, path="spec"):
    """What is wrong with a value, each with its path."""
    if isinstance(shape, Map):
        if not isinstance(value, dict):
            return [f"{path}: expected an object"]
        return [fault for name, inner in value.items() for fault in faults(inner, shape.shape, f"{path}.{name}")]
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{path}: expected an object"]
        known = {name.rstrip("!"): inner for name, inner in shape.items()}
        found = [f"{path}.{name}: is missing" for name in (n.rstrip("!") for n in shape if n.endswith("!"))
                 if name not in value]
        found += [f"{path}.{name}: is not known" for name in value if name not in known]
        return found + [fault for name, inner in value.items() if name in known
                        for fault in faults(inner, known[name], f"{path}.{name}")]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path}: expected a list"]
        return [fault for index, item in enumerate(value) for fault in faults(item, shape[0], f"{path}[{index}]")]
    if isinstance(shape, set):
        return [] if value in shape else [f"{path}: {value!r} is none of {sorted(shape)}"]
    return [] if type(value) is shape else [f"{path}: expected {shape.__name__}, got {value!r}"]
