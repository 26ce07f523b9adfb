#!/usr/bin/env python3
"""Writes the Grafana dashboards from the descriptions below.

    monitoring/grafana/dashboards.py            writes dashboards/*.json
    monitoring/grafana/dashboards.py --check    fails when a file is not what would be written

A panel is (title, unit, [(legend, expression), …]); a row of the description is a row of the dashboard. Everything else
that Grafana wants is the same for all.
"""

import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).parent / "dashboards"
MESH = 'job=~"catalog|pricing|notifier|edge"'


def p95(metric, by="", where=""):
    """The 95th percentile of a histogram over five minutes."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile(0.95, sum by ({labels}) (rate({metric}_bucket{{{where}}}[5m])))"


DASHBOARDS = {
    "overview": ("Fiyatradari: overview", [
        [("Availability, 1 h", "percentunit", [("answered", "1 - edge:request_errors:ratio_rate1h")]),
         ("Answers within 200 ms, 1 h", "percentunit", [("in time", "1 - edge:request_slow:ratio_rate1h")]),
         ("Error budget of 3 days left", "percentunit",
          [("availability", "1 - edge:request_errors:ratio_rate3d / 0.001"),
           ("latency", "1 - edge:request_slow:ratio_rate3d / 0.05")]),
         ("Processes that run", "short", [("{{job}}", f"sum by (job) (up{{{MESH}}})")])],
        [("Requests by status", "reqps", [("{{status}}", 'sum by (status) (rate(http_requests_total{job="edge"}[5m]))')]),
         ("p95 of requests", "s", [("p95", "edge:request_seconds:p95_5m")]),
         ("Alerts that fire", "short", [("{{alertname}}", 'sum by (alertname) (ALERTS{alertstate="firing"})')])],
        [("Products, listings, open deals", "short",
          [("products", "max(pricing_products)"), ("listings", "max(pricing_listings)"),
           ("open deals", "max(pricing_open_deals)")]),
         ("Prices looked at", "ops", [("{{source}}", "source:checks:rate5m")]),
         ("Messages sent", "ops", [("{{kind}} {{outcome}}", "sum by (kind, outcome) (rate(notifier_sent_total[5m]))")])],
    ]),
    "mesh": ("Fiyatradari: mesh", [
        [("Calls", "reqps", [("{{job}} {{method}}", "job_service_method:rpc_server_calls:rate5m")]),
         ("Faults of servers", "reqps", [("{{job}} {{method}}", "job_service_method:rpc_server_faults:rate5m")]),
         ("p95 of calls", "s", [("{{job}} {{method}}", "job_service_method:rpc_server_call_seconds:p95_5m")])],
        [("Event lag", "s", [("{{consumer}} of {{source}}", "max by (consumer, source) (event_consumer_lag_seconds)")]),
         ("Events applied", "ops",
          [("{{consumer}} of {{source}}", "sum by (consumer, source) (rate(event_consumer_applied_total[5m]))")]),
         ("Background tasks that fail", "ops",
          [("{{job}} {{task}}", "sum by (job, task) (rate(background_task_failures_total[5m]))")])],
        [("Memory", "bytes", [("{{job}} {{instance}}", f"process_resident_memory_bytes{{{MESH}}}")]),
         ("CPU", "percentunit", [("{{job}} {{instance}}", f"rate(process_cpu_seconds_total{{{MESH}}}[5m])")]),
         ("p95 of event-loop lateness", "s", [("{{job}}", p95("event_loop_lag_seconds", "job"))]),
         ("Checks of dependencies", "short", [("{{job}} {{check}}", "min by (job, check) (readiness_check_ok)")])],
        [("Connections to PostgreSQL in use", "percentunit",
          [("{{job}} {{pool}}", "max by (job, pool) (postgres_connections_in_use / postgres_connections_limit)")]),
         ("Statements that wait", "short", [("{{job}} {{pool}}", "sum by (job, pool) (postgres_statements_waiting)")]),
         ("p95 of statements", "s", [("{{job}}", p95("postgres_statement_duration_seconds", "job"))]),
         ("Age of what replicas show", "s", [("{{job}} {{pool}}", "max by (job, pool) (postgres_replica_lag_seconds)")])],
        [("Calls to other services", "reqps",
          [("{{job}} to {{service}}", "sum by (job, service) (rate(rpc_client_calls_total[5m]))")]),
         ("p95 of calls to other services", "s",
          [("{{job}} to {{service}}", p95("rpc_client_call_seconds", "job, service"))]),
         ("Event-loop stalls", "ops", [("{{job}}", "sum by (job) (rate(event_loop_stalls_total[5m]))")]),
         ("Open files of those allowed", "percentunit",
          [("{{job}} {{instance}}", f"process_open_fds{{{MESH}}} / process_max_fds")])],
        [("Subscribers behind", "s",
          [("{{subscriber}} of {{log}}", "max by (log, subscriber) (event_log_subscriber_lag_seconds)")]),
         ("Traces and reports of errors sent", "ops",
          [("{{job}} {{signal}}", "sum by (job, signal) (rate(telemetry_sent_total[5m]))")]),
         ("Traces and reports of errors not sent", "ops",
          [("{{job}} {{signal}} {{reason}}", "sum by (job, signal, reason) (rate(telemetry_dropped_total[5m]))")]),
         ("Attempts to send them that fail", "ops",
          [("{{job}} {{signal}}", "sum by (job, signal) (rate(telemetry_failures_total[5m]))")])],
        [("Days until certificates end", "short",
          [("{{job}} {{setting}}", "min by (job, setting) (tls_certificate_expiry_timestamp_seconds - time()) / 86400")]),
         ("Lines of logs lost", "ops", [("{{job}}", "sum by (job) (rate(log_lines_dropped_total[5m]))")]),
         ("Metrics refused", "short", [("{{job}}", "sum by (job) (metrics_refused_total)")])],
    ]),
    "pricing": ("Fiyatradari: pricing workers", [
        [("Listings due", "short", [("{{queue}}", "max by (queue) (pricing_checks_due)")]),
         ("Listings overdue", "short", [("{{queue}}", "max by (queue) (pricing_checks_overdue)")]),
         ("Listings that workers have", "short", [("{{queue}}", "max by (queue) (pricing_checks_leased)")]),
         ("Lateness of the oldest", "s", [("{{queue}}", "max by (queue) (pricing_checks_lag_seconds)")])],
        [("Checks by outcome", "ops", [("{{outcome}}", "sum by (outcome) (rate(pricing_checks_total[5m]))")]),
         ("Success by source", "percentunit",
          [("{{source}}", "1 - (source:check_failures:rate5m or 0 * source:checks:rate5m) / source:checks:rate5m")]),
         ("p95 of lateness", "s", [("p95", p95("pricing_check_lateness_seconds"))])],
        [("Observations", "ops", [("{{outcome}}", "sum by (outcome) (rate(pricing_observations_total[5m]))")]),
         ("Observations refused", "ops", [("{{reason}}", "sum by (reason) (rate(pricing_observations_rejected_total[5m]))")]),
         ("Paused jobs", "short", [("{{queue}}", "max by (queue) (pricing_job_paused)")])],
    ]),
    "notifier": ("Fiyatradari: notifier", [
        [("Messages that wait", "short", [("{{kind}}", "max by (kind) (notifier_deliveries_pending)")]),
         ("Age of the oldest that should have gone out", "s",
          [("{{kind}}", "max by (kind) (notifier_deliveries_oldest_seconds)")]),
         ("Messages given up", "short", [("{{kind}}", "max by (kind) (notifier_deliveries_parked)")])],
        [("Sent", "ops", [("{{kind}} {{outcome}}", "sum by (kind, outcome) (rate(notifier_sent_total[5m]))")]),
         ("p95 from made to accepted", "s", [("{{kind}}", p95("notifier_send_latency_seconds", "kind"))]),
         ("Under way", "short", [("{{kind}}", "sum by (kind) (notifier_in_flight)")])],
        [("Alerts fired", "ops", [("fired", "sum(rate(notifier_alerts_fired_total[5m]))")]),
         ("Alerts held back", "ops", [("{{reason}}", "sum by (reason) (rate(notifier_alerts_held_total[5m]))")]),
         ("Sending paused", "short", [("paused", "max(notifier_sending_paused)")])],
    ]),
    "edge": ("Fiyatradari: edge", [
        [("Requests by route", "reqps", [("{{route}}", "edge:requests:rate5m")]),
         ("p95 by route", "s", [("{{route}}", p95("http_request_seconds", "route"))]),
         ("Share within 200 ms", "percentunit", [("share", "1 - edge:request_slow:ratio_rate5m")])],
        [("Cache", "ops", [("{{outcome}}", "sum by (outcome) (rate(edge_cache_requests_total[5m]))")]),
         ("Cache size", "bytes", [("{{instance}}", "edge_cache_bytes")]),
         ("Kept answers", "short", [("{{instance}}", "edge_cache_entries")]),
         ("Questions to services", "ops", [("asked", "sum(rate(edge_cache_fetches_total[5m]))")])],
        [("Requests over their limit", "ops",
          [("{{tier}}", 'sum by (tier) (rate(edge_limit_decisions_total{decision="refused"}[5m]))')]),
         ("Without Redis", "ops",
          [("cache", "sum(rate(edge_cache_redis_failures_total[5m]))"),
           ("limits", "sum(rate(edge_limit_alone_total[5m]))")]),
         ("Changes that made answers old", "ops", [("{{source}}", "sum by (source) (rate(edge_cache_changes_total[5m]))")])],
        [("Live clients", "short", [("{{instance}}", "edge_live_clients")]),
         ("Events given to them", "ops", [("sent", "sum(rate(edge_live_sent_total[5m]))")]),
         ("Live clients without a place, or too slow", "ops",
          [("refused", "sum(rate(edge_live_refused_total[5m]))"), ("dropped", "sum(rate(edge_live_dropped_total[5m]))")]),
         ("Live clients that came back", "ops", [("{{outcome}}", "sum by (outcome) (rate(edge_live_resumed_total[5m]))")])],
        [("What visitors do", "ops", [("{{kind}}", "sum by (kind) (rate(edge_analytics_events_total[5m]))")]),
         ("Events of visitors not kept", "ops", [("{{reason}}", "sum by (reason) (rate(edge_analytics_dropped_total[5m]))")]),
         ("Events of visitors that wait", "short", [("{{instance}}", "edge_analytics_waiting")]),
         ("Visitors sent to shops", "ops", [("tagged: {{tagged}}", "sum by (tagged) (rate(edge_shop_visits_total[5m]))")])],
        [("Sign-ins", "ops", [("{{outcome}}", "sum by (outcome) (rate(edge_sign_ins_total[5m]))")]),
         ("Mails to owners of accounts", "ops", [("{{outcome}}", "sum by (outcome) (rate(edge_mails_total[5m]))")])],
    ]),
    "postgresql": ("Fiyatradari: PostgreSQL", [
        [("Up", "short", [("{{instance}}", "pg_up")]),
         ("Connections", "short", [("{{state}}", "sum by (state) (pg_stat_activity_count)")]),
         ("Share of max_connections", "percentunit",
          [("used", "sum by (instance) (pg_stat_activity_count) / sum by (instance) (pg_settings_max_connections)")])],
        [("Transactions", "ops",
          [("committed", 'sum(rate(pg_stat_database_xact_commit{datname="fiyatradari"}[5m]))'),
           ("rolled back", 'sum(rate(pg_stat_database_xact_rollback{datname="fiyatradari"}[5m]))')]),
         ("Share read from memory", "percentunit",
          [("hits", 'sum(rate(pg_stat_database_blks_hit{datname="fiyatradari"}[5m])) / (sum(rate('
            'pg_stat_database_blks_hit{datname="fiyatradari"}[5m])) + sum(rate('
            'pg_stat_database_blks_read{datname="fiyatradari"}[5m])))')]),
         ("Oldest transaction", "s", [("{{datname}}", "max by (datname) (pg_stat_activity_max_tx_duration)")])],
        [("Size", "bytes", [("{{datname}}", "pg_database_size_bytes")]),
         ("WAL segments archived", "ops",
          [("archived", "rate(pg_stat_archiver_archived_count[5m])"),
           ("failed", "rate(pg_stat_archiver_failed_count[5m])")]),
         ("Replay lag", "s", [("{{instance}}", "pg_replication_lag")]),
         ("Statements as the services see them, p95", "s", [("{{job}}", p95("postgres_statement_duration_seconds", "job"))])],
        [("Age of the last backup", "s", [("{{type}}", "time() - (fiyatradari_backup_last_timestamp_seconds > 0)")]),
         ("Backups", "short", [("{{type}}", "fiyatradari_backup_count"), ("status", "fiyatradari_backup_status")]),
         ("Duration of backups", "s", [("{{type}}", "fiyatradari_backup_run_duration_seconds")]),
         ("Size when last copied", "bytes", [("{{stanza}}", "fiyatradari_backup_last_size_bytes")])],
        [("Age of the last restore drill", "s", [("{{stanza}}", "time() - fiyatradari_restore_drill_timestamp_seconds")]),
         ("Last restore drill: 1 is whole", "short", [("{{stanza}}", "fiyatradari_restore_drill_success")]),
         ("Drill: until the server takes writes", "s", [("{{stanza}}", "fiyatradari_restore_drill_duration_seconds")])],
    ]),
    "redis": ("Fiyatradari: Redis", [
        [("Up", "short", [("{{instance}}", "redis_up")]),
         ("Memory", "bytes", [("used", "redis_memory_used_bytes"), ("limit", "redis_memory_max_bytes")]),
         ("Clients", "short", [("{{instance}}", "redis_connected_clients")])],
        [("Commands", "ops", [("{{instance}}", "rate(redis_commands_processed_total[5m])")]),
         ("Keys thrown away", "ops", [("{{instance}}", "rate(redis_evicted_keys_total[5m])")]),
         ("Hits", "percentunit",
          [("{{instance}}", "rate(redis_keyspace_hits_total[5m]) / "
            "(rate(redis_keyspace_hits_total[5m]) + rate(redis_keyspace_misses_total[5m]))")])],
        [("p95 as the services see it", "s", [("{{job}}", p95("redis_command_seconds", "job"))]),
         ("Commands that failed", "ops",
          [("{{job}} {{reason}}", "sum by (job, reason) (rate(redis_command_failures_total[5m]))")])],
    ]),
}


def panel(number, title, unit, targets, x, y, width):
    return {
        "id": number, "type": "timeseries", "title": title, "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {"x": x, "y": y, "w": width, "h": 8},
        "fieldConfig": {"defaults": {"unit": unit, "custom": {"fillOpacity": 10, "showPoints": "never"}}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [{"refId": chr(65 + index), "expr": expression, "legendFormat": legend}
                    for index, (legend, expression) in enumerate(targets)],
    }


def dashboard(name):
    title, rows = DASHBOARDS[name]
    panels = []
    for y, row in enumerate(rows):
        width = 24 // len(row)
        for x, (panel_title, unit, targets) in enumerate(row):
            panels.append(panel(len(panels) + 1, panel_title, unit, targets, x * width, y * 8, width))
    return {
        "uid": f"fiyatradari-{name}", "title": title, "tags": ["fiyatradari"], "timezone": "utc", "editable": False,
        "schemaVersion": 38, "refresh": "30s", "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]},
        "panels": panels,
    }


def text(name):
    return json.dumps(dashboard(name), indent=1, ensure_ascii=False) + "\n"


def main():
    names = {f"{name}.json" for name in DASHBOARDS}
    if sys.argv[1:] == ["--check"]:
        wrong = [name for name in DASHBOARDS
                 if not (FOLDER / f"{name}.json").exists() or (FOLDER / f"{name}.json").read_text() != text(name)]
        wrong += [path.name for path in FOLDER.glob("*.json") if path.name not in names]
        if wrong:
            print(f"dashboards: not up to date: {', '.join(wrong)}; run {__file__}", file=sys.stderr)
        return 1 if wrong else 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    for name in DASHBOARDS:
        (FOLDER / f"{name}.json").write_text(text(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
