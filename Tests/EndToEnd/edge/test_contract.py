"""The OpenAPI document is valid and true: nothing that schemathesis can think of gets an answer that is not in it."""

import html.parser
import json
import re

import hypothesis
import openapi_spec_validator
import pytest
import requests
import schemathesis
from hypothesis import strategies
from schemathesis.checks import load_all_checks, CHECKS
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode

pytestmark = pytest.mark.timeout(300)
load_all_checks()
CONFORMANCE = CHECKS.get_by_names([
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance"])
REJECTION = CHECKS.get_by_names(["negative_data_rejection"])
EXAMPLES = {GenerationMode.POSITIVE: 20, GenerationMode.NEGATIVE: 15}
TAGS_WITH_IDS = {"products": "product", "prices": "product", "deals": "deal", "channels": "channel", "alerts": "alert",
                 "admin": "listing"}


class Contract:
    """A gateway, its document, and who may ask it."""

    def __init__(self, edge):
        self.edge, self.url = edge, f"http://127.0.0.1:{edge.port()}"
        self.document = edge.ask("/openapi.json").json
        self.session = requests.Session()
        self.tokens = {"subscriber": edge.mesh.access_token, "operator": edge.mesh.secrets["admin-token"]}

    def headers(self, who):
        """Without limits, as somebody or as nobody."""
        headers = {"X-Api-Key": self.edge.mesh.load_key}
        if who != "nobody":
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        return headers

    def ids(self):
        """Ids of things that are there; those of deleted ones will do for the rest."""
        def post(path, body):
            answer = self.session.post(self.url + path, json=body, headers=self.headers("subscriber"), timeout=30)
            assert answer.status_code == 201, answer.text
            return answer.json()
        product = self.edge.ask("/v1/products?limit=1&listings=true").json["products"][0]
        channel = post("/v1/channels", {"kind": "CHANNEL_KIND_WEBHOOK", "address": "http://127.0.0.1:9/hook"})
        alert = post("/v1/alerts", {"productId": product["id"], "anyChange": {}})
        return {"product": product["id"], "listing": product["listings"][0]["id"], "deal": "1",
                "channel": channel["channel"]["id"], "alert": alert["id"]}


@pytest.fixture(scope="module")
def contract(edge_to_spoil):
    return Contract(edge_to_spoil)


@pytest.fixture(scope="module")
def ids(contract):
    return contract.ids()


def operations(document, with_streams=False):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            content = {kind for answer in operation["responses"].values() for kind in answer.get("content", {})}
            # A stream does not end: it has tests of its own.
            if with_streams or not ("text/event-stream" in content or "101" in operation["responses"]):
                yield path, method, operation


def test_the_document_is_valid_and_says_of_each_operation_what_may_come(contract):
    openapi_spec_validator.validate(contract.document)
    listed = list(operations(contract.document, with_streams=True))
    assert len(listed) > 25 and len({operation["operationId"] for _, _, operation in listed}) == len(listed)
    for path, method, operation in listed:
        statuses = set(operation["responses"])
        assert "400" in statuses and "default" not in statuses, (path, method)
        assert ("401" in statuses) == ("403" in statuses) == bool(operation.get("security")), (path, method)
        assert "{" not in path or "404" in statuses, (path, method)
        assert "requestBody" not in operation or {"413", "415"} <= statuses, (path, method)
        tags = {tag["name"] for tag in contract.document["tags"]}
        assert set(operation["tags"]) <= tags
    assert {"session", "cookie", "apiKey"} == set(contract.document["components"]["securitySchemes"])


def test_the_examples_of_the_page_work(contract, ids):
    """Each curl command of a GET is sent as it stands; those that change something are what the document's examples are.

    Before the tests that change and delete what they like.
    """
    page = contract.edge.ask("/docs").body.decode()
    commands = [html.unescape(text) for text in re.findall(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)]
    assert len(commands) == len(list(operations(contract.document, with_streams=True)))
    for command in commands:
        path = re.search(r'"\$GATEWAY([^"]*)"', command)[1]
        if " -X " in command or "/deals/" in path or "stream" in path or path == "/v1/live":
            continue
        # What is an owner's own needs one who is signed in; sources are hosts, of which this mesh calls none.
        if path.startswith(("/v1/admin/sources/", "/v1/accounts", "/v1/sessions", "/v1/api-keys", "/v1/admin/accounts/")):
            continue
        who = "nobody" if "Authorization" not in command else "operator" if "/admin/" in path else "subscriber"
        answer = contract.edge.ask(path, headers=contract.headers(who))
        assert answer.status == (302 if path.startswith("/go/") else 200), (command, answer.body)
    for _, _, operation in operations(contract.document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            assert json.dumps(media.get("example", {}))


@pytest.mark.parametrize("who", ("subscriber", "operator", "nobody"))
def test_every_answer_is_as_the_document_says(contract, ids, who):
    schema = schemathesis.openapi.from_dict(contract.document)
    known = {(path, method) for path, method, _ in operations(contract.document)}
    asked, seen, failures = 0, {}, []
    for found in schema.get_all_operations():
        operation = found.ok()
        if (operation.path, operation.method.lower()) not in known:
            continue
        is_public = not contract.document["paths"][operation.path][operation.method.lower()].get("security")
        # What is public is the same for all; those who may not use an operation need not be tried in every way.
        if is_public != (who == "nobody"):
            if is_public or who != "nobody":
                continue
        for mode, count in EXAMPLES.items():
            statuses, failure = _try(
                contract, operation, mode, count if who != "nobody" or is_public else 3, who, ids, is_public)
            asked += len(statuses)
            seen.setdefault(operation.label, set()).update(statuses)
            if failure is not None:
                failures.append(f"{operation.label}: {failure}")
            if who == "nobody" and not is_public and not set(statuses) <= {400, 401}:
                # 400: what is no query at all is refused before anyone asks who asks.
                failures.append(f"{operation.label}: {sorted(set(statuses))} without a token")
    print(f"\n{asked} requests as {who}")
    for label, statuses in seen.items():
        print(f"  {label}: {sorted(statuses)}")
    assert not failures, "\n\n".join(failures)
    assert asked > 100
    # Not everything was refused: each operation that can succeed has done so for somebody who may use it.
    succeeded = {label for label, statuses in seen.items() if min(statuses) < 400}
    if who == "nobody":
        assert {"GET /v1/products", "GET /v1/products/{id}", "GET /v1/search", "GET /v1/suggest",
                "GET /go/{listing}"} <= succeeded
    else:
        expected = {"subscriber": {"GET /v1/alerts", "POST /v1/alerts", "GET /v1/channels"},
                    "operator": {"GET /v1/admin/status", "POST /v1/admin/jobs/pause"}}
        assert expected[who] <= succeeded


def _try(contract, operation, mode, count, who, ids, is_public):
    """Statuses of the answers to cases of one operation, and what the document does not have of them."""
    statuses = []
    real = TAGS_WITH_IDS.get(operation.definition.raw["tags"][0])
    checks = list(CONFORMANCE)
    if is_public or who != "nobody":
        checks += REJECTION
    try:
        cases = operation.as_strategy(generation_mode=mode)
        cases.validate()
    except hypothesis.errors.InvalidArgument:
        return statuses, None

    @hypothesis.seed(20261128)
    @hypothesis.settings(max_examples=count, deadline=None, database=None, derandomize=False,
                         phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
                         suppress_health_check=list(hypothesis.HealthCheck), print_blob=False)
    @hypothesis.given(case=cases, is_real=strategies.booleans())
    def run(case, is_real):
        # Ids at random are of nothing: every other positive case is about something that is there.
        for name, thing in (("id", real), ("listing", "listing")):
            if mode == GenerationMode.POSITIVE and is_real and thing and name in (case.path_parameters or {}):
                case.path_parameters[name] = ids[thing]
        # Where a redirect leads is nobody's to try.
        response = case.call(base_url=contract.url, session=contract.session, headers=contract.headers(who), timeout=30,
                             allow_redirects=False)
        statuses.append(response.status_code)
        allowed = [check for check in checks if response.status_code not in (401, 403) or check not in REJECTION]
        case.validate_response(response, checks=allowed)

    try:
        run()
    except hypothesis.errors.Unsatisfiable:
        # No negative data can be thought of for an operation that takes none.
        pass
    except (FailureGroup, BaseExceptionGroup, Failure) as error:
        return statuses, "\n".join(str(part) for part in getattr(error, "exceptions", [error]))
    return statuses, None


class _Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.elements, self.ids, self.links = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        self.ids.add(attributes.get("id"))
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]


def test_the_page_for_people_has_every_operation_and_needs_nothing_from_elsewhere(contract):
    answer = contract.edge.ask("/docs")
    assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script" not in policy and "unsafe" not in policy
    page = _Page(answer.body.decode())
    names = {tag for tag, _ in page.elements}
    assert not names & {"script", "iframe", "object", "style", "img"} and {"main", "nav", "h1", "table"} <= names
    assert not any("style" in attributes or any(name.startswith("on") for name in attributes)
                   for _, attributes in page.elements)
    for link in page.links:
        assert link.startswith(("/", "#")) and not link.startswith("//"), link
        assert not link.startswith("#") or link[1:] in page.ids, link
    for _, _, operation in operations(contract.document, with_streams=True):
        assert operation["operationId"] in page.ids, operation["operationId"]
    assert ("html", {"lang": "en"}) in page.elements
    assert contract.edge.ask("/docs.css").headers["content-type"] == "text/css; charset=utf-8"
