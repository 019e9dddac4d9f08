"""Schemathesis against a running demo, as everyone who may sign in there, and as nobody.

    civitas demo --fresh --json | head -1     # {"url": …, "people": [{"role": …, …}, …]}
    run.py PEOPLE.json [--long] [--seed N] [--only TEXT]

PEOPLE.json holds that line (- reads it from standard input). Every operation of the service's own
document is sent data that fit it and data that do not; the same data go out once for each role.
No answer may be a 5xx, have a status, header or type of content that the document does not know, or
break its schema. Data are generated from a seed, so that a second run sends
the same; but the sample's numbers are others each time that it is loaded, and so may be the things
that are met.

Numbers of things are put in from what the service itself told: whatever stood in an answer under
a name ("submission_id", or "id" in a list of submissions) is what goes out under that name again.
"""

import argparse
import collections
import json
import random
import sys
import time
from pathlib import Path

import requests
import schemathesis
from known import Known, is_plain, placeholders, singular
from made_up import ahead, documented, generated, overlaid, with_body
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


# How many examples an operation gets: (short form, long form).
FITTING = (2, 30)
UNFITTING = (1, 15)
NONE = (0, 5)
FITTING_READS = (1, 30)

# With how many things of a kind an operation is tried where it answers that it can't be done.
TRIES = 3

# Sent after all others, in this order, because nothing works as before once they succeed.
LAST = {
    "POST /api/v1/me/fresh-sign-ins": "wrong guesses close the door for a while",
    "PUT /api/v1/me/password": "so do these",
    "POST /api/v1/sessions": "and these",
    "DELETE /api/v1/stages/{id}": "takes the stage from under the rest",
    "POST /api/v1/coalitions/{id}/dissolution": "leaves its members nothing to do",
    "DELETE /api/v1/members/{id}": "may take the coalition's own people out",
    "POST /api/v1/competitions/{id}/roles": "makes someone more than their role says",
    "POST /api/v1/people/{id}/administration": "so does this",
    "DELETE /api/v1/people/{id}/administration": "may take the administrator's office",
    "DELETE /api/v1/competitions/{id}/roles/{role}": "may take the officer's",
    "POST /api/v1/people/{id}/disabling": "may disable one of the accounts in use",
    "DELETE /api/v1/sessions/{id}": "may sign out",
}

# The roles with the least rights come first, so that others still have something to do.
ORDER = ["nobody", "newcomer", "funder", "contributor", "signatory", "editor", "convenor"]

# Texts that are right only if they are known.
TEXTS = ("email", "time_zone", "currency", "language", "question", "section", "criterion")

DOCUMENT = "/api/v1/openapi.json"

# An access token lives for 15 minutes.
SIGN_IN_AGAIN_AFTER = 300


class Role:
    """Someone who is signed in, or nobody."""

    def __init__(self, url, name, person=None):
        self.url, self.name, self.person = url, name, person
        self.known = Known()
        self.session = requests.Session()
        self.sign_in()

    def sign_in(self):
        self.signed_in_at = time.monotonic()
        if self.person is None:
            return
        body = {key: self.person[key] for key in ("email", "password")}
        answer = requests.post(f"{self.url}/api/v1/sessions", json=body, timeout=30)
        if "authorization" in self.session.headers and not answer.ok:
            return  # The account was disabled meanwhile, or the like; that is an answer, too.
        answer.raise_for_status()
        told = answer.json()
        self.known.add("person", told["person"])
        self.known.add("session", told["session"])
        self.session.headers["authorization"] = f"Bearer {told['access_token']}"

    def stay_signed_in(self):
        if time.monotonic() - self.signed_in_at > SIGN_IN_AGAIN_AFTER:
            self.sign_in()


def everyone(told):
    """The demo's people, someone who registered a moment ago, and nobody."""
    url = told["url"]
    newcomer = {"email": "newcomer@elsewhere.example", "password": "a-table-of-many-chairs"}
    answer = requests.post(
        f"{url}/api/v1/accounts", json={"name": "Newcomer", **newcomer}, timeout=30
    )
    answer.raise_for_status()
    roles = [Role(url, "nobody"), Role(url, "newcomer", newcomer)]
    roles += [Role(url, person["role"], person) for person in told["people"]]
    place = {name: number for number, name in enumerate(ORDER)}
    return sorted(roles, key=lambda role: place.get(role.name, len(ORDER)))


class Run:
    def __init__(self, roles, seed):
        self.roles = roles
        self.random = random.Random(seed)
        self.shared = Known()
        self.statuses = collections.Counter()
        self.seen = collections.defaultdict(set)
        self.failures = {}
        self.hindrance = {}
        # What was not there, or not in a state for it: by role, operation and address so far.
        self.dead = collections.defaultdict(set)

    def pick(self, role, name, kind, near=(), but=()):
        """A value of this type that goes by this name, rather one that the role was told and that
        belongs to what is in `near`; or None."""
        pools = [
            [value for value in pool if value not in but]
            for known in (role.known, self.shared)
            for pool in known.pools((name, kind), near)
        ]
        pools = [pool for pool in pools if pool]
        # Mostly the likeliest, but each has its turn.
        while len(pools) > 1 and self.random.random() < 0.2:
            pools.pop(0)
        return self.random.choice(pools[0]) if pools else None

    def filled(self, role, value, near, name=None):
        """The body with numbers and addresses of mail that mean something."""
        if isinstance(value, dict):
            return {key: self.filled(role, inner, near, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(role, inner, near, name and singular(name)) for inner in value]
        # To JSON Schema 2.0 is an integer, too.
        kind = int if isinstance(value, float) and value.is_integer() else type(value)
        if name is None or not (kind is int or name in TEXTS):
            return value
        picked = self.pick(role, name.removesuffix("_id"), kind, near)
        return value if picked is None or self.random.random() > 0.9 else picked

    def put_in(self, role, case):
        """The case with what the service told instead of what was made up."""
        path, near = {}, []
        for noun, name in placeholders(case.operation.path):
            dead = self.dead[role.name, case.operation.label, str(path)]
            picked = self.pick(role, noun, int, near, dead) or self.pick(
                role, noun, str, near, dead
            )
            if picked is None or self.random.random() < 0.05:
                path[name] = case.path_parameters[name]
                continue
            path[name] = picked
            near.insert(0, (noun, picked))
        query = dict(case.query or {})
        for name, value in list(query.items()):
            if name == "cursor" and self.random.random() < 0.8:
                del query[name]
            elif name != "limit":
                query[name] = self.filled(role, value, near, name)
        # Who asks is the role's to say.
        headers = {
            name: value
            for name, value in (case.headers or {}).items()
            if name.lower() != "authorization"
        }
        return case.operation.Case(
            path_parameters=path,
            query=query,
            headers=headers,
            body=self.filled(role, case.body, near),
            media_type=case.media_type,
        )

    def name_version(self, role, case, is_example):
        """Asks for what is there now: its ETag goes into `If-Match`, and its values into the
        document's own example."""
        asks = case.operation.get_parameter("If-Match", "header")
        if not asks or self.random.random() > 0.9:
            return
        now = role.session.get(role.url + case.formatted_path, timeout=30)
        if now.ok:
            case.headers["If-Match"] = now.headers["etag"]
            if is_example:
                case.body = overlaid(case.body, now.json())

    def send(self, role, case, is_example=False):
        label = case.operation.label
        role.stay_signed_in()
        case = self.put_in(role, case)
        self.name_version(role, case, is_example)
        answer = case.call(base_url=role.url, session=role.session, timeout=60)
        status = answer.status_code
        self.statuses[role.name, status] += 1
        self.seen[label].add(status)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failed:
            self.keep(role, case, answer, failed.exceptions)
        if 200 <= status < 300:
            self.learn(role, case, answer)
        elif status not in (401, 403, 404):
            self.hindrance[label] = f"{status} as {role.name}: {answer.content.decode():.300}"
        if status in (403, 404, 409) and case.path_parameters:
            *before, (_, last) = case.path_parameters.items()
            if is_plain(last):
                self.dead[role.name, label, str(dict(before))].add(last)
        return status

    def send_all(self, documented, made_up):
        """The document's example with several things, until one is there and right for it; then
        what was made up. Whoever may not do it gets only a part of that: bodies are read last."""
        for role in self.roles:
            has_parts = isinstance(documented.body, dict)
            siblings = self.shared.items.get(documented.operation.path, []) if has_parts else []
            named = placeholders(documented.operation.path)
            knows = not named or role.known.knows(named[0][0], documented.method)
            for number in range(TRIES if knows else 1):
                example = documented
                if number % 2 == 1 and siblings:
                    example = with_body(
                        documented, ahead(overlaid(documented.body, self.random.choice(siblings)))
                    )
                status = self.send(role, example, is_example=True)
                if status not in (403, 404, 409, 422) or not (named or siblings):
                    break
            for case in made_up[-1:] if status in (401, 403, 404) else made_up:
                self.send(role, case)

    def learn(self, role, case, answer):
        named = placeholders(case.operation.path)
        around = {noun: case.path_parameters[name] for noun, name in named}
        around = {noun: value for noun, value in around.items() if is_plain(value)}
        for noun, value in around.items():
            role.known.shown[noun, type(value)][value] = None
        is_json = "application/json" in str(answer.headers.get("content-type"))
        # The document is full of examples, which are of nothing that is there.
        if is_json and case.operation.path != DOCUMENT:
            nouns = [part for part in case.operation.path.split("/") if "{" not in part]
            for known in (role.known, self.shared):
                known.learn(answer.json(), singular(nouns[-1]), around)
            self.shared.items[case.operation.path] += answer.json().get("items", [])

    def keep(self, role, case, answer, failures):
        for failure in failures:
            key = (case.operation.label, answer.status_code, failure.title)
            first, count = self.failures.get(key, (None, 0))
            if first is None:
                print(*key, file=sys.stderr)
                request = answer.request
                first = (
                    f"{request.method} {request.url} as {role.name}\n"
                    f"  headers: {dict(case.headers or {})}\n  body: {request.body!r:.3000}\n"
                    f"  answer: {answer.status_code} {answer.headers.get('content-type')}\n"
                    f"  {answer.content!r:.3000}\n  {failure.message:.2000}"
                )
            self.failures[key] = (first, count + 1)

    def report(self, labels):
        codes = sorted({code for _, code in self.statuses})
        rows = {
            role.name: [self.statuses[role.name, code] for code in codes] for role in self.roles
        }
        rows["all"] = [sum(column) for column in zip(*rows.values())]
        for name, row in {"": codes, **rows}.items():
            print(f"{name:<14}" + "".join(f"{number:>7}" for number in row))
        never = [one for one in labels if not any(200 <= code < 300 for code in self.seen[one])]
        print(f"\n{len(labels) - len(never)} of {len(labels)} operations were done at least once.")
        print("Never, and what stood against it last:")
        for label in never:
            print(f"  {label}  {sorted(self.seen[label])}  {self.hindrance.get(label, '')}")
        for number, ((label, status, title), (first, count)) in enumerate(self.failures.items(), 1):
            print(f"\n{number}. {label}: {status} {title} ({count} times), first:\n{first}")


def rounds(operations):
    """Each operation with how much of it to send. Reads come first, because they tell what there
    is; then what makes and changes; reads again; then what removes."""
    reads = [one for one in operations if one.method.upper() == "GET"]
    ends = [one for one in operations if one.method.upper() == "DELETE" and one.label not in LAST]
    last = [one for label in LAST for one in operations if one.label == label]
    assert len(last) == len(LAST), "the document misses some of what comes last"
    others = [one for one in operations if one not in reads + ends + last]
    for some, fitting, unfitting in (
        (reads, FITTING_READS, UNFITTING),
        (others, FITTING, UNFITTING),
        (reads, NONE, NONE),
        (ends + last, FITTING, UNFITTING),
    ):
        for one in some:
            yield one, fitting, unfitting


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("people", help="the file with what the demo printed; - for standard input")
    parser.add_argument("--long", action="store_true", help="many examples of each operation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only operations whose name contains this")
    options = parser.parse_args()
    text = sys.stdin.read() if options.people == "-" else Path(options.people).read_text()
    told = json.loads(text)

    document = requests.get(told["url"] + DOCUMENT, timeout=30).json()
    schema = schemathesis.openapi.from_dict(document)
    operations = [result.ok() for result in schema.get_all_operations()]

    run = Run(everyone(told), options.seed)
    form = int(options.long)
    started = time.monotonic()
    for operation, fitting, unfitting in rounds(operations):
        if options.only not in operation.label and operation.method.upper() != "GET":
            continue
        cases = generated(operation, GenerationMode.POSITIVE, fitting[form], options.seed)
        cases += generated(operation, GenerationMode.NEGATIVE, unfitting[form], options.seed)
        run.send_all(documented(operation), cases)
    run.report([one.label for one in operations])
    requests_sent, took = sum(run.statuses.values()), time.monotonic() - started
    print(f"\n{requests_sent} requests in {took:.0f} s, seed {options.seed}.")
    if run.failures:
        sys.exit(f"{len(run.failures)} kinds of answers are not as the document says")


if __name__ == "__main__":
    main()
