"""What claimbot answers over HTTP."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import HttpUrl, SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs

from claimbot.store import Store
from claimbot.web import create_web
from claimbot.web.service import BODY_LIMIT, SECRET_HEADER
from tests.fake_bot_api import FakeBotApi
from tests.journeys import Table, laid

SECRET = "s3cret"  # noqa: S105 of a fake
UPDATE = {"update_id": 1, "message": {"date": 0, "chat": {"id": 9}, "text": "hallo"}}


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot that takes in by webhook."""
    webhook: dict[str, Any] = {
        "telegram_webhook_url": HttpUrl("https://claims.example"),
        "telegram_webhook_secret": SecretStr(SECRET),
    }
    async with FakeBotApi() as api, laid(api, tmp_path, **webhook) as ready:
        yield ready


@pytest.fixture
def web(table: Table) -> FastAPI:
    """Its web application."""
    app = table.app
    return create_web(
        store=app.store,
        queue=app.queue,
        photos=app.photos,
        clock=table.clock,
        telegram=app.telegram,
    )


@pytest.fixture
async def browser(web: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Who asks it."""
    transport = httpx.ASGITransport(app=web)
    async with httpx.AsyncClient(transport=transport, base_url="http://claimbot") as client:
        yield client


def sql(store: Store, statement: str) -> None:
    """Do something to the database that claimbot would not."""
    store.write(lambda tx: tx.execute(text(statement)))


async def post(
    browser: httpx.AsyncClient, body: bytes, secret: str | None = SECRET
) -> httpx.Response:
    """Post to the webhook as Telegram does."""
    headers = {SECRET_HEADER: secret} if secret is not None else {}
    return await browser.post("/channels/telegram", content=body, headers=headers)


async def test_a_process_that_lives_says_so(browser: httpx.AsyncClient) -> None:
    """Whatever else is wrong: who asks would end it."""
    answer = await browser.get("/livez")

    assert (answer.status_code, answer.text) == (200, "ok")


async def test_a_process_that_can_work_says_so(browser: httpx.AsyncClient) -> None:
    """Database and photo store are there."""
    answer = await browser.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "failed": []})


def break_photos(table: Table) -> None:
    """Put a file in the place of the photo store's folder."""
    table.folder.rmdir()
    table.folder.touch()


def break_database(table: Table) -> None:
    """Take the database's version away."""
    sql(table.app.store, "DROP TABLE alembic_version")


@pytest.mark.parametrize(
    ("break_it", "part"), [(break_photos, "photos"), (break_database, "database")]
)
async def test_a_process_that_cannot_work_says_only_what_fails(
    table: Table, browser: httpx.AsyncClient, break_it, part: str
) -> None:
    """Anyone can read the page, so why is in the log alone."""
    break_it(table)

    with capture_logs() as logs:
        answer = await browser.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "failed": [part]}
    assert [entry["part"] for entry in logs] == [part]


async def test_a_database_that_can_only_be_read_is_not_ready(
    table: Table, browser: httpx.AsyncClient
) -> None:
    """A full disk or a lock: told in time, and whoever asks again waits for the same look."""
    with closing(sqlite3.connect(table.folder.parent / "claimbot.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        answers = [await browser.get("/readyz") for _ in range(2)]
        looks = [thread for thread in threading.enumerate() if thread.name == "looking"]
        other.rollback()

    assert table.app.store.counts().inbox_waiting == 0
    for answer in answers:
        assert answer.json() == {"ready": False, "failed": ["database"]}
    assert len(looks) <= 1
    status = 503
    while status == 503:
        status = (await browser.get("/readyz")).status_code


async def test_metrics_are_prometheus_text(table: Table, browser: httpx.AsyncClient) -> None:
    """Counted in the database: what waits, since when, and what the adjusters have."""
    piet = table.api.user()
    await table.app.worker.receive([])
    await post(browser, json.dumps(UPDATE | {"message": {"chat": {"id": piet.id}}}).encode())

    answer = await browser.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["claimbot_inbox_waiting",] == 1
    assert samples["claimbot_inbox_oldest_seconds",] == 0
    assert samples["claimbot_queue", "ready"] == 0
    assert samples["claimbot_claims", "queued"] == 0
    assert str(piet.id) not in answer.text


async def test_without_a_database_there_are_no_metrics(
    table: Table, browser: httpx.AsyncClient
) -> None:
    """And no page that says why."""
    sql(table.app.store, "ALTER TABLE inbox RENAME TO away")

    answer = await browser.get("/metrics")

    assert (answer.status_code, answer.content) == (503, b"")


async def test_a_page_that_is_not_there_says_nothing_about_us(
    browser: httpx.AsyncClient,
) -> None:
    """No documentation, no schema, no name of a server."""
    for path in ("/", "/docs", "/redoc", "/openapi.json", "/channels", "/channels/whatsapp"):
        answer = await browser.get(path)

        assert answer.status_code == 404
        assert answer.json() == {"detail": "Not Found"}


async def test_an_update_is_acknowledged_once_it_is_kept(
    table: Table, browser: httpx.AsyncClient
) -> None:
    """Promise 1; and a second delivery changes nothing."""
    piet = table.api.user()
    update = json.dumps(
        UPDATE | {"message": {"date": 0, "chat": {"id": piet.id}, "text": "hallo"}}
    ).encode()

    assert [(await post(browser, update)).status_code for _ in range(2)] == [200, 200]
    await table.works()

    assert len(piet.heard) == 1


@pytest.mark.parametrize(
    ("body", "secret", "status"),
    [
        (json.dumps(UPDATE).encode(), "wrong", 401),
        (json.dumps(UPDATE).encode(), None, 401),
        (b"{}", SECRET, 400),
        (b"[[[[", SECRET, 400),
        (b"\xff", SECRET, 400),
        (b"x" * (BODY_LIMIT + 1), SECRET, 413),
    ],
)
async def test_what_is_no_update_of_telegram_is_not_kept(
    table: Table, browser: httpx.AsyncClient, body: bytes, secret: str | None, status: int
) -> None:
    """Nobody else can write into the inbox, and nothing can bloat it."""
    answer = await post(browser, body, secret)

    assert (answer.status_code, answer.content) == (status, b"")
    assert table.app.store.counts().inbox_waiting == 0


async def test_an_update_that_cannot_be_kept_is_sent_again(
    table: Table, browser: httpx.AsyncClient
) -> None:
    """Telegram tries again after a 503."""
    update = json.dumps(UPDATE).encode()
    sql(table.app.store, "ALTER TABLE inbox RENAME TO away")
    with capture_logs() as logs:
        refused = await asyncio.gather(post(browser, update), post(browser, update))
    sql(table.app.store, "ALTER TABLE away RENAME TO inbox")

    assert [answer.status_code for answer in refused] == [503, 503]
    assert (await post(browser, update)).status_code == 200
    assert [entry["event"] for entry in logs] == ["update not kept"] * 2
    assert "hallo" not in str(logs)


async def test_who_hangs_up_in_the_middle_is_no_error(web: FastAPI, table: Table) -> None:
    """Nothing is kept of half an update."""
    parts = [
        {"type": "http.request", "body": b'{"update_id": 1', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent = []

    async def receive():
        return parts.pop(0)

    async def send(message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/channels/telegram",
        "headers": [(b"x-telegram-bot-api-secret-token", SECRET.encode())],
        "query_string": b"",
    }
    await web(scope, receive, send)

    assert sent[0]["status"] == 400
    assert table.app.store.counts().inbox_waiting == 0


async def test_without_telegram_there_is_no_webhook(table: Table) -> None:
    """What is not set up cannot be posted to."""
    app = table.app
    web = create_web(store=app.store, queue=app.queue, photos=app.photos, clock=table.clock)
    transport = httpx.ASGITransport(app=web)
    async with httpx.AsyncClient(transport=transport, base_url="http://claimbot") as client:
        assert (await post(client, b"{}")).status_code == 404
