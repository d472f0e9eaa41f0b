"""The API of the adjusters' side, `/v1`: the desk over HTTP.

A resource is a module beside this one with a function ``router(deps: Deps) -> APIRouter``, which
stands in `ROUTERS`.  Its routes name the caller, and with it the scope that a token must have:

    def router(deps: Deps) -> APIRouter:
        routes = APIRouter(tags=["claims"])

        @routes.get("/claims/{name}/photos/{n}", responses=declared(Kind.NO_SUCH_CLAIM))
        async def photo(name: str, n: int, caller: Reader) -> Response:
            stored, lease = await asyncio.to_thread(deps.desk.show, name)
            if n > len(stored.claim.photos):
                raise Problem(Kind.NOT_FOUND, "The claim has fewer photos.")
            ...

        return routes

- `access.Reader`, `Worker`, `Manager` and `Granter` are `access.Caller`s with ``claims:read``,
  ``claims:work``, ``sinks:manage`` and ``tokens:manage``; ``caller.adjuster`` is who acts.
- `problems.Problem` is raised for whatever is wrong, and `problems.declared` puts it into the
  schema; those that any route may answer with (401, 403, 404, 422, 429, 500, 503) are declared
  once, for all.  `NoSuchClaim`, `LeaseLost`, `PhotoMissing`, a body or parameter that cannot be
  used and a database that is away are made problems of by themselves.
- Bodies are pydantic models that inherit `strict.Body`.
- A ``POST`` calls `idempotency.Once`, so that it can be repeated.
- Whatever waits for the database or for files runs in ``asyncio.to_thread``.
- What has an ``ETag`` sets its own ``Cache-Control``; all else is ``no-store``.
"""

import re
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import Mount

from claimbot.desk import Desk
from claimbot.store import Store
from claimbot.web.api import claims, exporting, handovers, leases, photos, sinks, tokens
from claimbot.web.api.access import LIMITS, Access, Limits
from claimbot.web.api.answering import Answering, turn_errors_into_problems
from claimbot.web.api.deps import Deps
from claimbot.web.api.problems import Kind, ProblemBody, declared

ROUTERS: tuple[Callable[[Deps], APIRouter], ...] = (
    leases.router,
    exporting.router,  # before claims, whose {name} would take its path
    claims.router,
    photos.router,
    handovers.router,
    sinks.router,
    tokens.router,
)
AT = "/v1"
ANY_TIME = declared(
    Kind.BAD_JSON,
    Kind.NO_TOKEN,
    Kind.WRONG_SCOPE,
    Kind.NOT_FOUND,
    Kind.TOO_LARGE,
    Kind.INVALID,
    Kind.KEY_REUSED,
    Kind.TOO_MANY,
    Kind.FAILED,
    Kind.AWAY,
)


def create_api(
    *,
    desk: Desk,
    store: Store,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
    limits: Limits = LIMITS,
) -> FastAPI:
    """Return the API as an application of its own, to be mounted at `AT`."""
    api = FastAPI(
        title="claimbot",
        version=version("claimbot"),
        docs_url=None,
        redoc_url=None,
        responses=ANY_TIME,
        redirect_slashes=False,
    )
    api.state.deps = deps = Deps(desk=desk, store=store, clock=clock, stopping=stopping)
    routers = [router(deps) for router in ROUTERS]
    api.state.routes = [route for routes in routers for route in routes.routes]
    for routes in routers:
        api.include_router(routes)
    turn_errors_into_problems(api)
    api.add_middleware(Access, store=store, clock=clock, limits=limits)
    api.add_middleware(Answering)
    api.openapi = lambda: _schema(api)  # type: ignore[method-assign]  # as FastAPI's manual has it
    return api


def mount(web: FastAPI, api: FastAPI) -> None:
    """Have ``api`` answer for all that is below `AT`."""
    below = Mount(AT, api)
    below.path_regex = re.compile(f"^{AT}/(?P<path>.*)$", re.DOTALL)  # also with a line break
    web.router.routes.append(below)


def openapi() -> dict[str, Any]:
    """Return the API's schema, OpenAPI 3.1."""
    nothing: Any = None  # the routes are read, not served
    return create_api(desk=nothing, store=nothing, clock=nothing).openapi()


def _schema(api: FastAPI) -> dict[str, Any]:
    if api.openapi_schema is None:
        schema = get_openapi(
            title=api.title,
            version=api.version,
            summary="The adjusters' side of claimbot.",
            routes=api.routes,
            servers=[{"url": AT}],
        )
        problem = ProblemBody.model_json_schema()
        schema["components"]["schemas"]["Problem"] = problem
        api.openapi_schema = schema
    return api.openapi_schema
