"""Compares Search Console traffic with Google's own discovery document, client and verifier of tokens.

Reads from standard input what was exchanged, and prints a line for each thing that is not as Google says:
{"sandbox": URL, "key_file": {...}, "public_key": PEM, "assertion": JWT, "requests": [{"method", "path", "body"}]}
"""

import json
import re
import sys
import urllib.parse

import google.auth.jwt
import googleapiclient.discovery
import googleapiclient.errors
from google.oauth2 import service_account
from googleapiclient.discovery_cache import get_static_doc

document = json.loads(get_static_doc("searchconsole", "v1"))
schemas = document["schemas"]
findings = []


def folded(word):
    """The document writes BY_PAGE, the reference pages and the service byPage."""
    return word.replace("_", "").lower()


def methods(resource):
    for method in resource.get("methods", {}).values():
        yield method
    for inner in resource.get("resources", {}).values():
        yield from methods(inner)


def check(value, schema, place):
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema.get("type")
    if kind == "object":
        if not isinstance(value, dict):
            findings.append(f"{place}: an object, not {value!r}")
            return
        for name, inner in value.items():
            if name not in schema.get("properties", {}):
                findings.append(f"{place}: there is no '{name}'")
            else:
                check(inner, schema["properties"][name], f"{place}.{name}")
    elif kind == "array":
        if not isinstance(value, list):
            findings.append(f"{place}: a list, not {value!r}")
            return
        for index, inner in enumerate(value):
            check(inner, schema["items"], f"{place}[{index}]")
    elif kind == "string":
        if not isinstance(value, str):
            findings.append(f"{place}: a text, not {value!r}")
        elif "enum" in schema and folded(value) not in [folded(word) for word in schema["enum"]]:
            findings.append(f"{place}: {value!r} is none of {schema['enum']}")
        elif schema.get("format") == "int64" and not re.fullmatch(r"-?\d+", value):
            findings.append(f"{place}: a whole number as text, not {value!r}")
    elif kind in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or kind == "integer" and value != int(value):
            findings.append(f"{place}: a number ({kind}), not {value!r}")
    elif kind == "boolean" and not isinstance(value, bool):
        findings.append(f"{place}: true or false, not {value!r}")


def check_request(request):
    place = f"{request['method']} {request['path']}"
    for method in methods(document):
        template = method.get("flatPath", method["path"])
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
        match = re.fullmatch(pattern, request["path"].lstrip("/"))
        if method["httpMethod"] != request["method"] or not match:
            continue
        for name, segment in match.groupdict().items():
            # One segment, in which everything that has a meaning in an address is encoded.
            plain = urllib.parse.unquote(segment)
            if urllib.parse.quote(plain, safe="") != segment:
                findings.append(f"{place}: '{name}' is not encoded as it must be: {segment}")
        if "request" in method:
            check(json.loads(request["body"]), method["request"], place)
        elif request["body"]:
            findings.append(f"{place}: there is a body")
        return
    findings.append(f"{place}: there is no such method")


def compare(name, answer, method):
    if "response" in method:
        check(answer, method["response"], f"the answer to {name}")
    elif answer not in ("", b"", {}):
        findings.append(f"the answer to {name} is not empty: {answer!r}")


def use_sandbox(sandbox, key_file):
    """Google's own client, against the sandbox."""
    scopes = ["https://www.googleapis.com/auth/webmasters"]
    credentials = service_account.Credentials.from_service_account_info(key_file, scopes=scopes)
    here = json.loads(json.dumps(document))
    here["rootUrl"] = sandbox + "/google_search_console/"
    here["baseUrl"] = here["rootUrl"]
    client = googleapiclient.discovery.build_from_document(here, credentials=credentials)
    resources = document["resources"]
    sites = client.sites().list().execute()
    compare("sites.list", sites, resources["sites"]["methods"]["list"])
    site = sites["siteEntry"][0]["siteUrl"]
    body = {"startDate": "2020-01-01", "endDate": "2040-01-01", "dimensions": ["date", "page", "query"], "dataState": "all"}
    rows = client.searchanalytics().query(siteUrl=site, body=body).execute()
    compare("searchanalytics.query", rows, resources["searchanalytics"]["methods"]["query"])
    if not rows.get("rows"):
        findings.append("the sandbox found nothing")
    feed = "https://www.example.com/client.xml?a=1"
    sitemaps = client.sitemaps()
    compare("sitemaps.submit", sitemaps.submit(siteUrl=site, feedpath=feed).execute(), {})
    listed = sitemaps.list(siteUrl=site).execute()
    compare("sitemaps.list", listed, resources["sitemaps"]["methods"]["list"])
    if feed not in [sitemap["path"] for sitemap in listed["sitemap"]]:
        findings.append(f"the sandbox took {feed} for another address")
    compare("sitemaps.delete", sitemaps.delete(siteUrl=site, feedpath=feed).execute(), {})
    try:
        sitemaps.delete(siteUrl=site, feedpath=feed).execute()
        findings.append("what was withdrawn could be withdrawn again")
    except googleapiclient.errors.HttpError as error:
        if error.status_code != 404:
            findings.append(f"what was withdrawn is answered with {error.status_code}")


given = json.load(sys.stdin)
for request in given["requests"]:
    check_request(request)
header = google.auth.jwt.decode_header(given["assertion"])
if header != {"alg": "RS256", "typ": "JWT", "kid": given["key_file"]["private_key_id"]}:
    findings.append(f"the token's header is {header}")
# Raises where the signature, the audience or the times are wrong.
claims = google.auth.jwt.decode(
    given["assertion"],
    certs=given["public_key"],
    audience="https://oauth2.googleapis.com/token",
)
if claims["exp"] - claims["iat"] > 3600 or claims["iss"] != given["key_file"]["client_email"]:
    findings.append(f"the token claims {claims}")
use_sandbox(given["sandbox"], given["key_file"])
print("\n".join(findings))
print(f"{len(given['requests'])} requests were compared", file=sys.stderr)
