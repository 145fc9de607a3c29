"""A refused statement is explained in the reader's language; each pattern is one that the service really gives."""

import pytest
from aiohttp.test_utils import TestClient

from app import keys
from app.errors import QueryFailed, SqlRefused
from app.pages.refusals import sentence


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT * FROM ghost", "ghost 테이블이 없습니다."),
        ("SELECT * FROM read_csv('/etc/passwd')", "여기서는 read_csv 함수를 쓸 수 없습니다."),
        ("SELECT 1; SELECT 2", "문장은 하나만 쓸 수 있습니다."),
        ("DROP TABLE orders", "여기서는 SELECT와 EXPLAIN만 실행합니다."),
        ("SHOW TABLES", "여기서는 SHOW를 쓸 수 없습니다. 테이블에 DESCRIBE나 SUMMARIZE를 써 주세요."),
        ("SELECT ?", "값이 없는 매개변수가 있습니다."),
        ("SELECT " + "(" * 100 + "1" + ")" * 100, "문장이 너무 길거나 괄호가 너무 깊습니다."),
    ],
)
async def test_a_refusal_is_said_in_korean(client: TestClient, statement: str, said: str) -> None:
    with pytest.raises(SqlRefused) as refused:
        await client.app[keys.QUERY].sql(statement, None, "kim")
    assert sentence(refused.value, "ko") == said


def test_other_errors_keep_their_own_sentence() -> None:
    assert sentence(QueryFailed(reason="Binder Error"), "en") == "The query failed: Binder Error"
    assert sentence(SqlRefused(reason="of something new"), "en") == "This SQL is not run here: of something new."
