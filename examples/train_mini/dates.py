"""Dates as each language writes them, of which everyday sentences have next to none."""

from __future__ import annotations

import random

MONTHS = {
    language: names.split()
    for language, names in {
        "en": "January February March April May June July August September October November December",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    }.items()
}
FORMS = {
    "en": ("{day} {month} {year}", "{month} {day}, {year}"),
    "fr": ("{day} {month} {year}", "le {day} {month} {year}"),
    "de": ("{day}. {month} {year}", "den {day}. {month} {year}"),
    "es": ("{day} de {month} de {year}", "el {day} de {month} de {year}"),
    "it": ("{day} {month} {year}", "il {day} {month} {year}"),
    "pt": ("{day} de {month} de {year}",),
    "ru": ("{day} {month} {year} года", "{day} {month} {year} г."),
    "zh": ("{year}年{number}月{day}日",),
    "ja": ("{year}年{number}月{day}日",),
    "ko": ("{year}년 {number}월 {day}일",),
}


def random_date(rng: random.Random, *languages: str) -> list[str]:
    """One date in each of the languages, half of the time with the time of day."""
    year, number, day = rng.randint(1850, 2049), rng.randint(1, 12), rng.randint(1, 28)
    time = f", {rng.randint(0, 23)}:{rng.randint(0, 59):02}" if rng.random() < 0.5 else ""
    return [
        rng.choice(FORMS[language]).format(
            year=year, number=number, day=day, month=MONTHS[language][number - 1] if language in MONTHS else ""
        )
        + time
        for language in languages
    ]
