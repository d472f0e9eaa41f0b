"""What schemathesis asks for: claims, leases and photos that are there, and each key once."""  # noqa: INP001 imported by schemathesis, which has an environment of its own

import json
import os
import random
from uuid import uuid4

import schemathesis  # type: ignore[import-not-found]  # it has an environment of its own

REAL = json.loads(os.environ["REAL_IDS"])  # by the name of the parameter


@schemathesis.hook  # type: ignore[untyped-decorator]
def before_call(context, case, kwargs) -> None:  # noqa: ARG001 the signature is schemathesis's
    """Put what is there in the place of what was made up, and nothing where it would be wrong.

    What breaks the schema on purpose stays as it is.
    """
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    for name in case.path_parameters or {}:
        if name in REAL:
            case.path_parameters[name] = random.choice(REAL[name])  # noqa: S311 any will do
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = uuid4().hex
    if "If-Match" in case.headers or case.method == "PATCH":
        case.headers["If-Match"] = "*"
    if isinstance(case.body, dict):
        case.body |= {
            name: REAL[name][0] for name in ("slot", "wait_seconds") if name in case.body
        }
    if case.query and "cursor" in case.query:
        case.query["cursor"] = random.choice(REAL["cursor"])  # noqa: S311 the same
