"""Schemathesis against a running demo, as everyone who may sign in there, and as nobody.

    civitas demo --fresh --json | head -1     # {"url": …, "people": [{"role", "email", "password"}, …]}
    run.py PEOPLE.json [--long] [--seed N] [--only TEXT]

PEOPLE.json holds that line (- reads it from standard input). Every operation of the service's own
document is sent data that fit it and data that do not; the same data go out once for each role.
No answer may be a 5xx, have a status, header or type of content that the document does not know, or
break its schema. Data are generated from a seed, so that a second run sends the same.

Numbers of things are put in from what the service itself told: whatever stood in an answer under
a name ("submission_id", or "id" in a list of submissions) is what goes out under that name again.
"""

import argparse
import collections
import json
import random
import re
import sys
import time
from pathlib import Path

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity
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


@schemathesis.serializer("message/rfc822")
def letter(_context, text):
    """Schemathesis has no way of its own to send a letter as it is."""
    return text if isinstance(text, bytes) else str(text).encode()


# How many examples an operation gets: (short form, long form).
FITTING = (2, 30)
UNFITTING = (1, 15)
NONE = (0, 5)
FITTING_READS = (1, 30)

# With how many things of a kind an operation is tried where it answers that it can't be done.
TRIES = 4

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

# What things of a collection are called where that is not its name without the s.
IRREGULAR = {
    "people": "person",
    "criteria": "criterion",
    "invitations": "coalition_invitation",
    "convenor_invitations": "coalition_invitation",
    "documents": "expertise_document",
}

# Under these a thing tells its own number or name.
OWN = ("id", "key")

# Texts that are right only if they are known.
TEXTS = ("email", "time_zone", "currency", "language", "question", "section", "criterion")

# An access token lives for 15 minutes.
SIGN_IN_AGAIN_AFTER = 300


def singular(segment):
    """What the collection's items are called: submissions → submission."""
    word = segment.replace("-", "_")
    return IRREGULAR.get(word, word.removesuffix("s"))


def placeholders(path):
    """What stands in an address: /stages/{id}/decisions/{coalition} → stage id, coalition."""
    segments = path.split("/")
    names = [(before, part.strip("{}")) for before, part in zip(segments, segments[1:]) if "{" in part]
    return [(singular(before) if name in OWN else name, name) for before, name in names]


def is_plain(value):
    return isinstance(value, (int, str)) and not isinstance(value, bool)


class Known:
    """Values that the service told, by the name under which it told them."""

    def __init__(self):
        self.values = collections.defaultdict(dict)
        # The same, of those told together with one number: what belongs to one stage, say.
        self.beside = collections.defaultdict(dict)
        # Numbers of things that showed themselves when they were asked for.
        self.shown = collections.defaultdict(dict)
        # What stood in each list.
        self.items = collections.defaultdict(list)

    def learn(self, answer, noun, around):
        """Takes all out of an answer; `noun` is what an `id` at this place is one of, and
        `around` what the address and the objects further out told."""
        here = {
            (noun if key in OWN else key.removesuffix("_id")): value
            for key, value in answer.items()
            if is_plain(value)
        }
        for name, value in here.items():
            self.add(name, value, {**around, **here})
        around = {**around, **{name: one for name, one in here.items() if isinstance(one, int)}}
        for key, value in answer.items():
            inner = noun if key == "items" else singular(key)
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    self.learn(item, inner, around)
                elif isinstance(value, list) and is_plain(item):
                    self.add(inner, item, around)

    def add(self, name, value, around=None):
        name = (name, type(value))
        self.values[name][value] = None
        for other in (around or {}).items():
            self.beside[other, name][value] = None

    def knows(self, name):
        return any((name, kind) in self.values or (name, kind) in self.shown for kind in (int, str))

    def pools(self, name, near):
        """Values for this name and type, the likely ones first."""
        beside = [self.beside[one, name] for one in near if (one, name) in self.beside]
        return [*beside, self.shown.get(name, {}), self.values.get(name, {})]


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


def generated(operation, mode, count, seed):
    """So many cases for the operation, the same ones for the same seed."""
    if count == 0:
        return []
    cases = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def collect(case):
        cases.append(case)

    try:
        collect()
    except hypothesis.errors.Unsatisfiable:
        pass  # Nothing can be wrong with an operation that takes nothing.
    return cases[:count]


def ahead(body):
    """The body with all times in the next year: most must lie ahead."""
    year = time.gmtime().tm_year + 1
    return json.loads(re.sub(r'"20\d\d-', f'"{year}-', json.dumps(body)))


def overlaid(body, there):
    """The body with what is there already, where the two have the same parts."""
    if not isinstance(body, dict):
        return body
    return {key: there.get(key, value) for key, value in body.items()}


def with_body(case, body):
    return case.operation.Case(
        path_parameters=case.path_parameters, body=body, media_type=case.media_type
    )


def documented(operation):
    """The document's own example, for what can be said only in well-formed sentences."""
    [(media_type, content)] = (
        operation.definition.raw.get("requestBody", {}).get("content", {None: {}}).items()
    )
    extra = {}
    if media_type is not None:
        extra = {"body": ahead(content["example"]), "media_type": media_type}
    path = {parameter.name: 1 for parameter in operation.path_parameters}
    return operation.Case(path_parameters=path, **extra)


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
            dead = self.dead[role.name, case.operation.label, *path.values()]
            picked = self.pick(role, noun, int, near, dead) or self.pick(role, noun, str, near, dead)
            if picked is None or self.random.random() < 0.05:
                picked = case.path_parameters[name]
            path[name] = picked
            near.insert(0, (noun, picked))
        query = dict(case.query or {})
        for name, value in list(query.items()):
            if name == "cursor" and self.random.random() < 0.8:
                del query[name]
            elif name != "limit":
                query[name] = self.filled(role, value, near, name)
        return case.operation.Case(
            path_parameters=path,
            query=query,
            headers=dict(case.headers or {}),
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
            *before, last = case.path_parameters.values()
            self.dead[role.name, label, *before].add(last)
        return status

    def send_all(self, documented, made_up):
        """The document's example with several things, until one is there and right for it; then
        what was made up. Whoever may not do it gets only a part of that: bodies are read last."""
        for role in self.roles:
            has_parts = isinstance(documented.body, dict)
            siblings = self.shared.items.get(documented.operation.path, []) if has_parts else []
            named = placeholders(documented.operation.path)
            knows = not named or role.known.knows(named[0][0])
            for number in range(TRIES if knows else 1):
                example = documented
                if number % 2 == 1 and siblings:
                    example = with_body(documented, ahead(overlaid(documented.body, self.random.choice(siblings))))
                status = self.send(role, example, is_example=True)
                if status not in (403, 404, 409, 422) or not (named or siblings):
                    break
            for case in made_up[-1:] if status in (401, 403, 404) else made_up:
                self.send(role, case)

    def learn(self, role, case, answer):
        named = placeholders(case.operation.path)
        around = {noun: case.path_parameters[name] for noun, name in named}
        for noun, value in around.items():
            role.known.shown[noun, type(value)][value] = None
        if answer.content.startswith(b"{"):
            nouns = [part for part in case.operation.path.split("/") if "{" not in part]
            for known in (role.known, self.shared):
                known.learn(answer.json(), singular(nouns[-1]), around)
            self.shared.items[case.operation.path] += answer.json().get("items", [])

    def keep(self, role, case, answer, failures):
        for failure in failures:
            key = (case.operation.label, answer.status_code, failure.title)
            first, count = self.failures.get(key, (None, 0))
            if first is None:
                request = answer.request
                first = (
                    f"{request.method} {request.url} as {role.name}\n"
                    f"  headers: {dict(request.headers)}\n  body: {request.body!r:.3000}\n"
                    f"  answer: {answer.status_code} {answer.headers.get('content-type')}\n"
                    f"  {answer.content!r:.3000}\n  {failure.message:.2000}"
                )
            self.failures[key] = (first, count + 1)

    def report(self, labels):
        codes = sorted({code for _, code in self.statuses})
        print(f"\n{'':<14}" + "".join(f"{code:>7}" for code in codes))
        for role in self.roles:
            row = "".join(f"{self.statuses[role.name, code]:>7}" for code in codes)
            print(f"{role.name:<14}{row}")
        print(f"{'all':<14}" + "".join(
            f"{sum(self.statuses[role.name, code] for role in self.roles):>7}" for code in codes
        ))
        never = [one for one in labels if not any(200 <= code < 300 for code in self.seen[one])]
        print(f"\n{len(labels) - len(never)} of {len(labels)} operations were done at least once.")
        print("Never:", *(f"\n  {one}  {sorted(self.seen[one])} {self.hindrance.get(one, '')}" for one in never))
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

    document = requests.get(f"{told['url']}/api/v1/openapi.json", timeout=30).json()
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
    print(f"\n{sum(run.statuses.values())} requests in {time.monotonic() - started:.0f} s; seed {options.seed}.")
    if run.failures:
        sys.exit(f"{len(run.failures)} kinds of answers are not as the document says")


if __name__ == "__main__":
    main()
