"""What parallel text lacks, made from it: several sentences at once, sentences without their full stop, other numbers,
dates and names, and addresses, which are to be copied to the letter.
"""

from __future__ import annotations

import random
import re
import string
from collections import defaultdict
from collections.abc import Iterator

from .corpora import EVERY
from .dates import random_date
from .pairs import ENDS, SHORT, UNSPACED, Pair

TOGETHER = 0.10  # of the examples are several sentences
NUMBERS = 0.5  # how often pairs with the same numbers on both sides come once more with other ones,
EVERYDAY_NUMBERS = 8  # and everyday ones, of which one in two hundred has a number
COPIES = 0.02  # of the pairs come once more with an address to copy,
DATES = 0.02  # and with a date
BARE = 0.12  # of the pairs that end in a full stop come once more without it,
BARE_SHORT = 0.7  # and of short ones
NAMES = 0.3  # of the pairs with one of Tatoeba's two favourite names come once more, with another one
INVENTED = 0.5  # of those, as names to come are not in any list,
TWO_NAMES = 0.3  # and with a second name behind the first
STOPS = ".。!！"
DIGITS = re.compile(r"\d+")
FAVOURITES = (
    dict.fromkeys(("en", "fr", "de", "es", "it", "pt"), "Tom") | {"zh": "汤姆", "ja": "トム", "ru": "Том"},
    dict.fromkeys(("en", "fr", "de", "es", "it", "pt"), "Mary") | {"zh": "玛丽", "ja": "メアリー", "ru": "Мэри"},
)
# of many countries, none with a vowel in front, which would change French and Italian words before it
OTHERS = re.findall(
    r"\w+",
    """
    Bauer Bianchi Björn Carlos Carmen Chen Claire Dimitri Dubois Fatima Fernandes Garcia Giulia Gomez Hans Hassan
    Javier Jensen Jürgen Kamala Keiko Kim Kovacs Lara Leila Liu Lopez Magdalena Marek Martin Mehmet Müller Nadia
    Naomi Nguyen Nowak Patel Pedro Peterson Priya Rahman Ramos Ricardo Rossi Ruiz Salma Santos Sarah Schneider Sergei
    Silva Singh Smith Sofia Suzuki Tanaka Thompson Valentina Viktor Wang Williams Wilson Zhang Zoe
    """,
)


def varied(pairs: list[Pair], seed: int = 3) -> list[Pair]:
    """The pairs and what is made from them."""
    rng = random.Random(seed)
    variants = [*_together(pairs, rng)]
    for pair in pairs:
        numbers = set(DIGITS.findall(pair.text))
        if numbers and numbers == set(DIGITS.findall(pair.translation)):
            times = EVERYDAY_NUMBERS if pair.corpus == EVERY else int(rng.random() < NUMBERS)
            variants += (_other_numbers(pair, sorted(numbers), rng) for _ in range(times))
        if rng.random() < COPIES:
            variants.append(_with(pair, [random_address(rng)] * 2, rng))
        if rng.random() < DATES:
            variants.append(_with(pair, random_date(rng, pair.source, pair.target), rng))
        if rng.random() < NAMES:
            variants += _with_other_name(pair, rng)
        short = max(len(pair.text), len(pair.translation)) <= SHORT
        if pair.text[-1] in STOPS and pair.translation[-1] in STOPS and rng.random() < (BARE_SHORT if short else BARE):
            text, translation = (side[:-1].lstrip("¡") for side in (pair.text, pair.translation))
            variants.append(pair._replace(text=text, translation=translation))
    return pairs + [pair for pair in variants if pair.text and pair.translation]


def _together(pairs: list[Pair], rng: random.Random) -> Iterator[Pair]:
    """Short sentences of one corpus one behind the other: its lines have no neighbours that belong together."""
    groups = defaultdict(list)
    for pair in pairs:
        if len(pair.text) <= 140 and ENDS.search(pair.text) and ENDS.search(pair.translation):
            groups[pair.corpus, pair.source, pair.target].append(pair)
    for (_, source, target), group in groups.items():
        for _ in range(round(TOGETHER * len(group))):
            some = rng.sample(group, min(len(group), rng.choice((2, 2, 3, 4))))
            yield some[0]._replace(
                text=_joined(source, [pair.text for pair in some]),
                translation=_joined(target, [pair.translation for pair in some]),
            )


def _joined(language: str, sentences: list[str]) -> str:
    return ("" if language in UNSPACED else " ").join(sentences)


def _other_numbers(pair: Pair, numbers: list[str], rng: random.Random) -> Pair:
    others = {number: _number(len(number), rng) for number in numbers}
    text, translation = (DIGITS.sub(lambda m: others[m[0]], side) for side in (pair.text, pair.translation))
    return pair._replace(text=text, translation=translation, passes=1)


def _number(digits: int, rng: random.Random) -> str:
    return str(rng.randrange(10 ** (digits - 1), 10**digits)) if digits > 1 else str(rng.randrange(2, 10))


def _with_other_name(pair: Pair, rng: random.Random) -> Iterator[Pair]:
    """The pair with a name that is to be copied, if one of the favourite names stands once on each side."""
    for names in FAVOURITES:
        one, other = names.get(pair.source), names.get(pair.target)
        if one and other and pair.text.count(one) == pair.translation.count(other) == 1:
            name = random_name(rng)
            text = _renamed(pair.source, pair.text, one, name)
            translation = _renamed(pair.target, pair.translation, other, name)
            if text and translation:
                yield pair._replace(text=text, translation=translation)


def random_name(rng: random.Random) -> str:
    def one() -> str:
        if rng.random() >= INVENTED:
            return rng.choice(OTHERS)
        consonants, vowels, ends = ("bdfgklmnprstvz", "aeiou", "lmnrs")
        syllables = (rng.choice(consonants) + rng.choice(vowels) for _ in range(rng.randint(2, 3)))
        return ("".join(syllables) + rng.choice((*ends, "", "", ""))).capitalize()

    return f"{one()} {one()}" if rng.random() < TWO_NAMES else one()


def _renamed(language: str, text: str, name: str, other: str) -> str | None:
    """None if the name is but a part of a word, such as an inflected form."""
    border = "" if language in UNSPACED else r"\b"
    text, count = re.subn(f"{border}{name}{border}", other, text)
    return text if count else None


def _with(pair: Pair, added: list[str], rng: random.Random) -> Pair:
    """The sentence with something that goes with it, in each language: behind it, before it, in brackets, or alone."""
    form = rng.choice(("{} {}", "{1} {0}", "{0} ({1})", "{1}"))
    text, translation = map(form.format, (pair.text, pair.translation), added)
    return pair._replace(text=text, translation=translation, passes=1)


def random_address(rng: random.Random) -> str:
    def word(chars: str = string.ascii_lowercase) -> str:
        return "".join(rng.choices(chars, k=rng.randint(2, 9)))

    site = f"{word()}.{rng.choice(('com', 'org', 'io', 'net'))}"
    return rng.choice(
        (
            f"https://{site}/{word()}",
            f"http://www.{site}/{word()}/{word()}?{word()}={_number(3, rng)}",
            f"www.{site}",
            f"{word()}.{word()}@{site}",
            f"{word()}_{word()}.{rng.choice(('pdf', 'txt', 'py', 'png'))}",
            f"@{word()}{_number(2, rng)}",
            f"#{word()}",
            f"v{_number(1, rng)}.{_number(2, rng)}.{_number(1, rng)}",
            f"{word(string.ascii_uppercase)}-{_number(4, rng)}",
            f"+{_number(2, rng)} {_number(3, rng)} {_number(6, rng)}",
        )
    )
