"""What is sent: the document's examples, and data that fit or don't fit its schemas."""

import json
import re
import time

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity


@schemathesis.serializer("message/rfc822")
def letter(_context, text):
    """Schemathesis has no way of its own to send a letter as it is."""
    return text if isinstance(text, bytes) else str(text).encode()


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
