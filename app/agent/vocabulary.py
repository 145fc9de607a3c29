"""The words the offline rules know, as patterns: Korean and English side by side."""
# ruff: noqa: E501

from __future__ import annotations

import re


def said(pattern: str, text: str) -> re.Match[str] | None:
    """Where ``text`` says it. English words end where their letters do: "Oracle에서" says Oracle, with a particle."""
    return re.search(pattern.replace(r"\b", r"(?a:\b)"), text, re.I)


NEGATED = r"하지\s?마|말아\s?줘|하지\s?말|시키지|\bdon'?t\b|do not|안\s?돼|금지"
HELP = r"(?:^|뭘|뭐|무엇을|무얼)\s*할\s?수\s?있|무엇을 할|뭐 할 줄|도움말|사용법|어떻게 써|어떻게 사용|뭘 물어|^help\W*$|what can you|how do i use|what do you do|who are you|넌 누구|너는 누구"
HELLO = r"^(?:안녕|하이|반가|hi|hello|hey|good (?:morning|afternoon|evening))\b|^안녕\S*"
THANKS = r"고마워|고맙|감사|수고|thank|thx|^(?:ok|okay|좋아|알겠어|알았어|굿|네|응)\W*$"
DESTROY = (
    r"삭제|지워|없애|비워|날려|드롭|수정해|바꿔\s?줘|변경해|고쳐|추가해|입력해|넣어\s?줘|업데이트해"
    r"|^(?:please |can you |could you )?(?:change|modify|edit|correct)\b|\bdrop\b|\bdelete\b|\btruncate\b|\bremove\b|\berase\b|\binsert\b|\bupdate\b.*\bset\b|\balter\b|\bwipe\b|\b(?:clear|empty) (?:out )?(?:the|table|\ue000)"
)
SEND = r"메일|카톡|카카오톡|슬랙|문자로|팩스|인쇄|프린트|\be-?mail|\bslack\b|\bfax\b|\bsend (?:me|it|this|them|the|a)\b|\btext me\b|\bprint\b"
PREDICT = r"예측|전망|(?:늘|오를|줄|떨어질|높아질|낮아질|많아질)\S{0,2}까|될까요?\W*$|\bforecast|\bpredict|\bwill\b.*\b(?:go (?:up|down)|increase|decrease|rise|fall|grow|drop)\b"
RECONCILE = r"대사|reconcil|삭제된 (?:행|데이터).*(?:반영|정리)|지운 데이터|deleted rows"
CANCEL_SYNC = r"(?:동기화|sync|작업).*(?:취소|cancel|stop)|(?:취소|cancel|stop).*(?:동기화|sync)"
SYNC = r"동기화|싱크|적재|가져오기|\bsync\w*|\bresync|\breconcil\w*|\bloads?\b|\brefresh\b|\bimport\b"
SCHEDULE = r"예약|스케[줄쥴]|일정|배치|\bschedul\w*|\bjobs?\b|\bcron\b|작업\s?(?:목록|등록)|등록된 작업"
REGISTER = r"예약해|예약\s?(?:좀|걸|등록)|등록해|걸어|추가|만들어|잡아|넣어|하게 해|set up (?:a|an|the|it)\b|\badd\b|\bcreate\b|schedule (?:a|an|\ue000|the|it|full|incr)|돌려|해\s?줘|돌게|하도록"
RHYTHM = (
    r"하루에?\s*(?:한|두|세|네|\d+)\s*번|(?:once|twice|\w+ times) a day|매일|매주|매월|매달|매\s?시|평일|주중|주말|마다|날마다|하루에 한|간격|시간에 한|분에 한|\bevery|\beach\b|\bdaily|\bweekly|\bhourly|\bmonthly"
    r"|nightly|weekday|weekend|(?:[\d*/,\-]+\s+){4}[\d*/,\-]+"
)
NEXT_SYNC = r"다음\s*(?:번)?\s*(?:동기화|싱크|실행|작업)|자동\S*\s*(?:동기화|싱크)|(?:동기화|싱크)\S*\s*언제\S*\s*(?:언제\s*)?(?:도나|도는|돌아|돌지|돌까|실행)|next (?:sync|run|job)|when (?:does|will|is).*(?:next|run|sync again)"
EVERYTHING = r"모든|전부|전체 테이블|모두|다 동기화|\ball\b|everything|every table"
LISTING = (
    r"뭐|무슨|무엇|어떤|목록|리스트|보여|있어|있나|있니|있는지|있을까|알려|언제|확인|조회|몇|종류"
    r"|\blist\b|\bshow\b|\bwhat|\bwhich\b|\bview\b|\bsee\b|\bdisplay\b|\bgive me\b|\bdo we have|\bare there|\bdo you have|\bwhen\b"
)
PAUSE = r"멈춰(?!\s*(?:있|진))|멈추(?!어\s*있)|for a (?:bit|while|moment|minute)|for now|temporar|일시\s?(?:정지|중지)(?!된|한 |돼|되어)|잠깐|잠시|\bpause\b|\bpausing|\bhold\b|\bsuspend"
RESUME = r"재개|이어서|계속|다시\s?(?:이어|진행|시작)|\bresume|\bcontinue|\bunpause|carry on|go on"
CANCEL = r"취소|중단|중지|그만|멈춤|\bcancel|\bstop|\babort|\bkill|\bterminate"
START = r"시작|돌려|돌리|실행|해\s?줘|해\s?주|해라|하자|해\s?봐|\bstart|\brun\b|\bnow\b|\bplease"
START_NOW = r"시작해|돌려|돌리자|실행해|\bstart\b|\brun (?:a|an|the)?\s*(?:full|incr|test|sync|\ue000)|해\s?줘$"
FETCH = r"새로\s?(?:받|가져|읽)|다시\s?(?:받|가져|읽)|받아\s?와|가져와|새로고침|갱신해|갱신 좀|업데이트 해|최신화|최신으로|끌어와|땡겨|당겨|\brefresh|\breload|\bpull\b|\bfetch (?:the )?(?:new|latest) data|bring .* up to date|\bupdate (?:the )?\ue000"
KINDS = {
    "reconcile": RECONCILE,
    "verify": r"검증|맞는지|똑같은지|같은지|일치하는지|일치해|대조|\bverif|\bvalidate|match(?:es)? oracle|same as (?:in )?oracle",
    "test": r"테스트|시험|\btest (?:sync|run|load)|\btry\b|\btest\b",
    "incremental": r"증분|변경분|바뀐 것만|새 데이터만|새로운 것만|추가분|\bincremental|\bincr\b|\bdelta\b|only (?:the )?new|changed rows",
    "full": r"전체(?!\s*테이블)|전부|풀\s?(?:동기화|싱크|로드)|통째|처음부터|\bfull|\bwhole|\bentire|\bcomplete|from scratch",
}
FRESH = (
    r"최신\s*(?:이(?!력)|인|인가|인지|인가요|상태|화 됐|화됐|입|여부)|최신\s*맞|신선|얼마나\s*(?:최신|오래|밀|늦|됐)|밀렸|밀린|밀려|늦은|늦었|늦어|지연|오래된 테이블|낡"
    r"|마지막(?:으로)?\s*(?:동기화|갱신|업데이트|적재)|마지막으로 언제|언제\s*(?:동기화|갱신|업데이트|적재)\s*(?:됐|되었|했|된|한|돼)"
    r"|(?:동기화|갱신|업데이트)\s*(?:된|한)\s*(?:게|건|지|시각|시간)?\s*(?:언제|얼마)|(?:최종|최근)\s*(?:동기화|갱신|업데이트)\s*(?:시각|시간|일시|언제)|몇 분 전|언제 데이터"
    r"|\bfresh|\bstale|up[ -]to[ -]date(?! now)|\boutdated|\blate\b|\bbehind\b|how old|last (?:sync(?:ed)?|updated?|refresh(?:ed)?|loaded)(?! fail)|when was|when did .* (?:sync|updat|refresh)|\blag\b|how recent|how(?:'s| is| are)\b.*\bdoing|\bcurrent\?"
)
WHY = r"왜|이유|원인|\bwhy\b"
BARE_CONTROL = (  # nothing but the deed and the table
    r"^(?:please\s+)?(?:pause|resume|continue|cancel|abort)\s+(?:the\s+)?\ue000(?:\s+(?:for (?:now|a (?:bit|while|moment|minute))|please|now|again))*\W*$"
    r"|^\ue000\S*\s*(?:(?:다시|멈춘\s?(?:거|것)|중단된\s?(?:거|것))\s*)?(?:이어서|재개|멈춰|일시\s?정지|중단|취소)\s*(?:해|하자|돌려|진행\s?해|시작\s?해)?\s*(?:줘|주세요)?[.!]*$"
)
STATE = r"상태|끝나|중인|중이|진행|어디까지|얼마나\s*(?:남|됐)|몇\s*(?:퍼센트|프로|%)|돌고|돌아가|도는|실행\s?중|실패|에러|오류|끝났|완료|성공|됐어|됐나|잘\s?(?:됐|돼|되)|이력|기록|\bstatus|\bprogress|\brunning|\bfail|\berror|\bdone\b|\bfinish|\bcomplete(?:d)?\b|\bsucceed|history|how far|how is|how's|went|going"
RUNNING = r"(?:지금|현재)?\s*(?:돌고\s?있|돌아가는|돌아가고|실행 중인|실행중인|진행 중인|진행중인)|(?:anything|something|what(?:'?s| is)?|who(?:'?s| is)?|currently|is (?:it|\ue000)) running|^(?:status|상태|진행 ?상황)\W*$|(?:anything|something|what(?:'s| is)?|tables?|currently|still) (?:being )?(?:sync|load)(?:ing|ed)\b|진행\s?상황|recent failures|what failed|뭐가 실패|실패한 (?:거|것|게|작업)"
ORACLE = r"오라클|원본|소스|\boracle\b|\bsources?\b"
FIND = r"찾아|찾|검색|연결|접속|\bconnect|\bfind|\bsearch|\blook for"
SEARCHED = (
    r"(?!오라클|원본|소스|oracle)([A-Za-z_$#]{2,}[A-Za-z0-9_$#]*|(?<![가-힣])[가-힣]+?)(?:이|가|을|를|라는|이라는|이란)?\s*(?:들어간|들어가는|포함|이름|있는 테이블|관련|테이블\s*(?:좀\s*)?(?:찾|검색))"
    r"|(?:찾|검색)\S*\s+([A-Za-z_$#]{2,}[A-Za-z0-9_$#]*)|\b(?:have|has|having)\s+[\"']?([A-Za-z_$#]\w+)[\"']?\s+in\b|(?:named|like|with|containing|contain|called|matching|about|for|search|find)\s+(?!tables?\b|the\b|oracle\b|all\b|in\b|a\b|an\b)[\"']?([A-Za-z_$#]\w+)"
)
TABLES = r"테이블|데이터\s?셋|무슨 데이터|어떤 데이터|데이터 뭐|데이터\s?(?:목록|종류)|동기화된\s?(?:거|것|게|건)|(?:뭐|뭘|무엇|어떤)\S*\s*(?:걸|것을)?\s*(?:조회|볼|쓸|확인)\S*\s?수|what can i (?:look|query|see|use|ask|chart)|\btables?\b|\bdatasets?\b|what data|which data|\b(?:everything|all|what)\b.*\bsynced\b"
ROW_COUNT = r"몇\s?(?:건|개|행|줄|row|로우)|건수|개수|갯수|행\s?수|로우\s?수|카운트|얼마나 (?:많|들어|쌓)|총\s?(?:건|행|몇)|\bhow many\b|\bcount\b|number of|\btotal (?:rows|records)|row count"
FUNCTIONS = {
    "avg": r"평균|\bavg\b|\baverages?\b|(?<!\bi )\bmean\b",
    "median": r"중앙값|중위|\bmedian\b",
    "stddev": r"표준\s?편차|\bstd\s?dev\w*|standard deviation|산포",
    "max": r"최대|최댓|최고|(?:가장|제일|젤)[^,.?]{0,15}?(?:높|큰|많|비싼)|피크|맥스|\bmax\w*|\bhighest\b|\blargest\b|\bbiggest\b|\bpeaks?\b|\bgreatest\b",
    "min": r"최소|최솟|최저|(?:가장|제일|젤)[^,.?]{0,15}?(?:낮|작은|적은|싼)|(?<!\d )(?<!\d)\bmin(?:imum|ima|s)?\b(?! interval)|\blowest\b|\bsmallest\b|\bleast\b",
    "sum": r"합계|총합|합산|누계|총액|총량|합(?![가-힣])|합은|합을|더하면|합치|합해|합하면|\bsum\b|\btotals?\b",
}
TOGETHER = ["avg", "sum", "count"]  # an average over all buckets needs their sums and counts
LARGEST = FUNCTIONS["max"] + r"|most expensive|상위|큰\s?순|높은\s?순|많은\s?순|내림차순|\btop\b|\bdesc"
SMALLEST = FUNCTIONS["min"] + r"|cheapest|하위|작은\s?순|낮은\s?순|적은\s?순|오름차순|\bbottom\b|\bascending\b"
OLDEST = r"오래된|가장 처음|맨 처음|처음\s*\d|첫\s|\boldest\b|\bearliest\b|\bfirst\b"
AGGREGATES = "|".join(FUNCTIONS.values()) + r"|그래프|차트|추이"
NUMBERS = r"\d{1,6}|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열|스무"
LIMIT = (
    rf"(?<![\d.\-])({NUMBERS})\s*(?:건|개(?!월)|행|줄|로우|rows?|records?|entries|lines|samples?|examples?|items)"
    r"|\b(?:top|last|latest|first|newest|recent|bottom|highest|lowest|largest|smallest|oldest|most recent)\s+(\d{1,6})\b(?!\s*(?:min|hour|day|week|month|year))"
    r"|\b(\d{1,6})\s+(?:latest|newest|most recent|recent|last|largest|highest|smallest|lowest|biggest|oldest|first|rows|records|\ue000)"
    r"|(?:최근|최신|상위|하위|처음)\s*(\d{1,6})(?!\s*(?:분|시간|일|주|개월|달|년|\d))|\blimit\s+(\d{1,6})|\bshow(?: me)?\s+(\d{1,6})\b(?!\s*(?:min|hour|day|week|month|year))|\b(\d{1,3})\s+[a-z\ue001-\uf8ff]+\s+with\s+(?:the\s+)?(?:highest|lowest|largest|smallest|biggest|most|least)\b|\bthe\s+(\d{1,3})\s+[a-z]+\s+with\b"
    r"|(하나|한\s?(?:개|건|줄|행))(?:만|\s|$)|\b(?:only|just)\s+(one)\b|\b(one|a single) (?:row|record)\b"
)
STEP_WORDS = (
    r"시간|분별|일별|일자|날짜|주별|주간|월별|달별|하루|매|년별|연도|특별|컬럼별|열별|개별|종류별|차별|구별|식별|이별"
)
DATA = {
    "chart": r"그래프|차트|추이|그려|시각화|트렌드|\bchart|\bplot|\bgraph|\btrend|\bdraw\b|\bvisuali[sz]e",
    "stats": r"크기|용량|\bsize\b|how (?:big|large)|컬럼|칼럼|필드|열\s?(?:목록|이름|구성)|범위|구조|스키마|통계|요약|프로파일|프로필|타입|자료형|널\s?값|null|결측|기간|언제부터|어떤 (?:데이터|값|테이블)|정보|설명|describe|\bcolumns?\b|\bcols?\b|\bschema|\bstructure|\bstat(?:s|istics)?\b|\bsummar|\bprofile|\btypes?\b|\bdistinct|date range|time range|\bfields?\b|\bnulls?\b|\binfo\b|\babout\b",
    "count": ROW_COUNT,
    "function": "|".join(FUNCTIONS.values()),
    "rows": r"최근|최신|보여|조회|데이터|\d\s?(?:건|개|행|줄)|내용|뽑아|찾아|목록|샘플|미리|출력|상위|하위|\brows?\b|\brecords?\b|\blast\b|\blatest\b|\bshow\b|\blist\b|\bfind\b|\bget\b|\bwhere\b|\btop\b|\brecent|\bsample|\bpreview|\bgive\b",
    "step": r"시간별|일별|시간대별|[가-힣]별로|\bper (?:hour|day|minute)|\bhourly|\bdaily",
}
ORDINARY = {
    "table", "tables", "latest", "orders by", "test", "show", "list", "rows", "count", "chart", "average", "hours", "status",
    "테이블", "데이터", "동기화", "보여줘", "알려줘", "최근", "평균", "sources", "source", "history", "schedule", "sync", "order",
    "oracle", "recent", "total", "where", "what", "when", "which", "with", "data", "please", "daily", "hourly", "today",
}  # fmt: skip
HOW_MANY_TABLES = (
    r"^\W*(?:tables?|테이블들?)\W*$|(?:각|모든|전체)\s*테이블\S*\s*(?:행\s?수|건수|몇\s?(?:건|행|개))|테이블\s?(?:별|마다)\s*\S*\s*(?:행\s?수|건수|몇\s?(?:건|행)|크기|용량)"
    r"|(?:all|each|every|the)\s+(?:the\s+)?tables?\b.*\b(?:row counts?|counts?|sizes?|how many rows)|(?:row counts?|counts?|sizes?|how many rows)\b.*\b(?:all|each|every)\s+(?:of\s+)?(?:the\s+)?tables?\b"
    r"|테이블(?:이|은|들이)?\s*(?:총|모두|전부)?\s*몇\s*개|몇\s*개의 테이블|how many tables|number of tables"
)
PER_COLUMN = r"\bwhich columns?\b|(?:컬럼|칼럼|열|필드)\s?(?:별|마다)|(?:each|every|per|by) column|(?:null|널|결측치?)\s*(?:값\s*)?(?:개수|갯수|건수|수|counts?)\b"
CHOSEN = (
    r"^(?:please )?(?:(?:show|list|give|get)(?: me)? )?(?:just |only )?(?:the )?[\ue001-\uf8ff](?:\s*(?:,|and|&)\s*(?:the )?[\ue001-\uf8ff])* (?:of|for|from|in)\b|"
    r"[\ue001-\uf8ff]\s*(?:컬럼|칼럼|열)?만(?=\s|$)|\b(?:only|just)\b[^.?]*\bcolumns?\b"
    r"|\b(?:only|just) (?:the )?[\ue001-\uf8ff](?:\s*(?:,|and|&)\s*(?:the )?[\ue001-\uf8ff])*\W*$"
)
NEWEST = r"\b(?:latest|newest|most recent|last|oldest|first)\s+\ue000"
STRANGE_TABLE = r"(?a:\b(?!(?:the|a|an|all|any|each|every|which|what|this|that|these|my|our|your|some|show|list|oracle|duckdb|sql|synced|data|other|more|new)\b)([A-Za-z_$#][\w$#]{2,}))\s*(?:테이블(?!별|마다)|table\b)"
ONE_VALUE = r"(?:latest|newest|most recent)\s+(?:\ue000\s+)?(?:row|record|entry|reading)(?!s)|(?:최신|마지막|현재|최근)\s*값|(?:latest|last|current|newest|most recent) value"
LEFT = r"\"[^\"]+\"|'[^']+'|(?<![\w.])\d[\d,]{2,}(?![\w])|(?-i:\b(?=[A-Z]*\d)[A-Z][A-Z0-9_-]+\b|\b[A-Z]{3,}\b)"  # values that no filter took
NO_VALUES = {
    "NULL",
    "AVG",
    "MAX",
    "MIN",
    "SUM",
    "SQL",
    "CSV",
    "THE",
    "AND",
    "FOR",
    "TOP",
    "MES",
    "ERP",
    "ALL",
    "SHOW",
    "PLEASE",
}
