"""The agent's page: what is on it without a script, whose conversations, what is written into it."""

import html
import json
import re

from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys
from app.schemas.agent import Turn
from tests.pages.warehouse_of_pages import fill, page

HOSTILE = "</p><script>alert(1)</script>"


async def test_the_page_suggests_questions_about_the_tables_at_hand(app: web.Application, client: TestClient) -> None:
    await fill(app)
    text = await page(client, "/agent", language="ko")
    assert "measures 최근 10건 보여줘" in text
    assert "연결된 언어 모델이 없어" in text


async def test_a_conversation_is_read_without_a_script_and_its_html_is_text(
    app: web.Application, client: TestClient
) -> None:
    chats = app[keys.CHATS]
    id_ = await chats.begin("local", f"first {HOSTILE}")
    await chats.add(id_, [Turn(role="user", content=f"first {HOSTILE}"), Turn(role="assistant", content=HOSTILE)])
    text = await page(client, f"/agent?chat={id_}")
    assert HOSTILE not in text
    assert text.count(html.escape(HOSTILE)) >= 2
    turns = json.loads(html.unescape(re.findall(r'data-turns="([^"]*)"', text)[0]))
    assert turns[1]["content"] == HOSTILE


async def test_another_accounts_conversation_is_not_found(app: web.Application, client: TestClient) -> None:
    id_ = await app[keys.CHATS].begin("somebody", "mine")
    await page(client, f"/agent?chat={id_}", status=404)
    assert "mine" not in await page(client, "/agent/chats")


async def test_a_conversation_can_be_forgotten(app: web.Application, client: TestClient) -> None:
    id_ = await app[keys.CHATS].begin("local", "to be forgotten")
    assert "to be forgotten" in await page(client, "/agent")
    answer = await client.post(f"/agent/chats/{id_}/delete", allow_redirects=False)
    assert answer.status == 303
    assert "to be forgotten" not in await page(client, "/agent")
