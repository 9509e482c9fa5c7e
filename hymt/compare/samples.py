"""Texts to compare on where none is given: everyday sentences in English and Chinese, each the other's reference."""

from __future__ import annotations

_PAIRS = (
    ("Good morning. Did you sleep well last night?", "早上好。你昨晚睡得好吗？"),
    ("The next bus to the airport leaves at a quarter to nine.", "下一班去机场的公共汽车八点四十五分出发。"),
    ("Could you please speak a little more slowly?", "请您说得慢一点好吗？"),
    ("My grandmother still writes letters by hand.", "我的祖母仍然用手写信。"),
    ("We wanted to go for a walk, but it began to rain.", "我们本来想去散步，但是开始下雨了。"),
    ("I have lost my key and cannot get into my room.", "我丢了钥匙，进不了房间。"),
    ("He works in a small bakery near the old bridge.", "他在老桥附近的一家小面包店工作。"),
    ("The museum is closed on Mondays and on public holidays.", "博物馆星期一和节假日不开放。"),
    ("She bought two kilos of apples and a loaf of bread.", "她买了两公斤苹果和一个面包。"),
    ("If you are free on Saturday, come to our house for dinner.", "如果你星期六有空，来我们家吃晚饭吧。"),
    ("The doctor said that I should drink more water.", "医生说我应该多喝水。"),
    ("This film is much better than the one that we saw last week.", "这部电影比我们上星期看的那部好多了。"),
    ("Our train was late, so we missed the beginning of the concert.", "我们的火车晚点了，所以错过了音乐会的开头。"),
    ("Children under six years of age do not need a ticket.", "六岁以下的儿童不需要买票。"),
)
SAMPLES = {"en": tuple(english for english, _ in _PAIRS), "zh": tuple(chinese for _, chinese in _PAIRS)}


def samples(source: str | None, target: str | None) -> tuple[str, str]:
    """The source and target languages' codes of a comparison without a text: English, or Chinese if it is to become
    English. Raises KeyError for a source language in which there is none."""
    source = source or ("zh" if target == "en" else "en")
    if source not in SAMPLES:
        raise KeyError(source)
    return source, target or other(source)


def other(source: str) -> str:
    """The language to translate to where none was said."""
    return "zh" if source == "en" else "en"
