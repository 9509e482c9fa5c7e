"""The named endpoints, called as programs call them."""

from __future__ import annotations

import json
import threading
import urllib.request
from dataclasses import fields

import openpyxl
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from hymt.hardware.memory import MemoryReading
from tests.conftest import PRECISION
from tests.ui.serving import busy
from tests.waiting import eventually

TEN = {
    "I would like a cup of coffee.": "café",
    "Where is the train station?": "gare",
    "My brother works in a hospital.": "hôpital",
    "I don't know where my keys are.": "clés",
    "We went to the cinema yesterday.": "cinéma",
    "The weather is very nice today.": "beau",
    "She has lived in Madrid for ten years.": "Madrid",
    "He has two cats and a dog.": "chien",
    "The shop is closed on Sundays.": "dimanche",
    "This book is very interesting.": "livre",
}


def translate(client, *given) -> str:
    return client.predict(*given, api_name="/translate")


def swap(client, model: str, precision: str) -> str:
    return client.predict(model, precision, api_name="/swap")


def complaint(call, *given) -> str:
    """What an endpoint that refuses says."""
    with pytest.raises(AppError) as refused:
        call(*given)
    said = str(refused.value)
    assert "Traceback" not in said and "Error" not in said and ".py" not in said
    return said


@pytest.fixture
def document(tmp_path):
    """Writes lines to a file for /translate_file."""

    def write(lines: list[str], name: str = "letter.txt"):
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return handle_file(str(path))

    return write


def lines_of(path: str) -> list[str]:
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def test_only_the_four_endpoints_are_public(client):
    listed = client.view_api(return_format="dict", print_info=False)
    assert set(listed["named_endpoints"]) == {"/translate", "/translate_file", "/swap", "/memory"}
    assert listed["unnamed_endpoints"] == {}


def test_every_argument_is_explained(client):
    listed = client.view_api(return_format="dict", print_info=False)
    for name, endpoint in listed["named_endpoints"].items():
        assert endpoint["description"]
        for argument in endpoint["parameters"]:
            assert argument["label"] == argument["parameter_name"]
            assert argument["python_type"]["description"].endswith("."), (name, argument)


# -- /translate ----------------------------------------------------------------------------------------


def test_chinese_to_english(client):
    assert "station" in translate(client, "请问火车站在哪里？", "zh", "en", 4)


def test_english_to_french(client):
    assert "café" in translate(client, "I would like a cup of coffee.", "en", "fr", 4)


def test_the_source_is_detected(client):
    assert "coffee" in translate(client, "J'aimerais une tasse de café, s'il vous plaît.", "auto", "en", 1)


def test_beams_may_be_left_out(client):
    assert "café" in translate(client, "I would like a cup of coffee.", "en", "fr")


def test_a_pair_without_english_goes_through_it(client):
    assert "café" in translate(client, "我想要一杯咖啡。", "zh", "fr", 4)


def test_lines_stay_lines(client):
    text = "Good morning.\n\n  Where is the station?\nThank you.\n"
    translated = translate(client, text, "en", "fr", 1)
    assert translated.count("\n") == 4
    assert [bool(line.strip()) for line in translated.split("\n")] == [True, False, True, True, False]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("  \n ", "zh", "en", 4), "There is nothing to translate"),
        (("Good morning.", "en", "en", 4), "Source and target are both English"),
        (("Good morning, my friend. How are you today?", "auto", "en", 4), "seems to be English already"),
        (("Good morning.", "en", "tlh", 4), "“tlh” is not one of the 38 languages"),
        (("Good morning.", "en", "ar", 4), "hymt-mini does not know Arabic"),
        (("Good morning.", "en", "fr", 9), "beams must be a number from 1 to 8"),
    ],
)
def test_what_cannot_be_translated_is_refused_in_words(client, given, said):
    assert said in complaint(translate, client, *given)


def post(url: str, name: str, data: list) -> str:
    """What an endpoint called over plain HTTP answers: its stream of events, whole."""
    call, body = f"{url}gradio_api/call/{name}", json.dumps({"data": data}).encode()
    request = urllib.request.Request(call, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{call}/{event}", timeout=120) as answer:
        return answer.read().decode()


@pytest.mark.parametrize(
    ("beams", "event"), [(8.0, "complete"), (True, "error"), (2.5, "error"), ("4", "error"), ([1], "error")]
)
def test_a_strangers_odd_number_ends_nobodys_work(client, url, services, as_served, english, beams, event):
    """Another's text is under way; the odd request is answered or refused, and the text ends as if it had not been."""
    job = client.submit("\n".join(english[:24]), "en", "fr", 2, api_name="/translate")
    assert eventually(lambda: busy(services))
    assert f"event: {event}" in post(url, "translate", ["Hello there.", "en", "fr", beams])
    assert len(job.result(timeout=120).splitlines()) == 24


# -- /translate_file -----------------------------------------------------------------------------------


def test_a_file_keeps_its_lines(client, document):
    lines = ["Good morning.", "Thank you.", "Good night.", "Where is he?"] * 6
    translation = lines_of(client.predict(document(lines), "en", "fr", api_name="/translate_file"))
    assert len(translation) == 24
    assert all(new and new != old for new, old in zip(translation, lines, strict=True))


def test_a_translated_file_is_named_after_its_language(client, document):
    path = client.predict(document(["Good morning."]), "en", "fr", api_name="/translate_file")
    assert path.endswith("letter.fr.txt")


def test_a_workbook_comes_back_as_one(client, tmp_path):
    path, book = tmp_path / "prices.xlsx", openpyxl.Workbook()
    book.active["A1"], book.active["B1"] = "Good morning.", 12.5
    book.save(path)
    translation = client.predict(handle_file(str(path)), "en", "fr", api_name="/translate_file")
    sheet = openpyxl.load_workbook(translation).active
    assert translation.endswith("prices.fr.xlsx") and "Bonjour" in sheet["A1"].value and sheet["B1"].value == 12.5


def test_a_file_that_is_not_text_is_refused_in_words(client, tmp_path):
    path = tmp_path / "picture.txt"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))

    def translate_file():
        client.predict(handle_file(str(path)), "en", "fr", api_name="/translate_file")

    said = complaint(translate_file)
    assert "picture.txt" in said
    assert "/" not in said


def test_no_file_is_refused_in_words(client):
    assert "file" in complaint(lambda: client.predict(None, "en", "fr", api_name="/translate_file"))


# -- /swap and /memory ---------------------------------------------------------------------------------


def test_a_swap_says_what_is_ready(client, as_served):
    assert "hymt-mini in INT8 is ready" in swap(client, "hymt-mini", "int8")
    assert "loaded already" in swap(client, "hymt-mini", "int8")


def test_a_swap_may_change_the_memory_limit(client, services, as_served):
    if services.manager.device.kind == "cuda":
        assert "limit is 8.00 GiB" in client.predict("hymt-mini", PRECISION, 8, api_name="/swap")
        assert client.predict(api_name="/memory")["gpu_limit"] == 8 * 2**30
    else:
        assert "NVIDIA GPUs" in complaint(lambda: client.predict("hymt-mini", PRECISION, 8, api_name="/swap"))
    client.predict("hymt-mini", PRECISION, 0, api_name="/swap")
    assert services.manager.device.memory_limit is None


@pytest.mark.parametrize(
    ("model", "precision", "said"),
    [
        ("hymt-mini", "fp17", "Choose one of fp32, bf16, fp16, int8, nf4"),
        ("hymt-mimi", "fp16", "Did you mean hymt-mini?"),
        ("nobody/nothing", "fp16", "could not be reached"),
    ],
)
def test_a_swap_that_fails_gives_advice_and_leaves_the_model(client, as_served, model, precision, said):
    assert said in complaint(swap, client, model, precision)
    assert "gare" in translate(client, "Where is the train station?", "en", "fr", 1)


def test_swaps_under_way_lose_nothing(client, services, as_served, english):
    job = client.submit("\n".join(english[:50]), "en", "fr", 4, api_name="/translate")
    assert eventually(lambda: busy(services))
    assert "INT8 is ready" in swap(client, "hymt-mini", "int8")
    assert "FP16 is ready" in swap(client, "hymt-mini", "fp16")
    translation = job.result(timeout=120).splitlines()
    assert len(translation) == 50
    assert all(new and new != old for new, old in zip(translation, english, strict=False))


def test_memory_tells_the_reading_and_what_is_loaded(client, as_served):
    reading = client.predict(api_name="/memory")
    assert {field.name for field in fields(MemoryReading)} <= set(reading)
    assert (reading["model"], reading["precision"]) == ("hymt-mini", PRECISION)
    assert 0 < reading["weights"] < reading["process_ram"] < reading["system_ram_total"]


# -- many users ----------------------------------------------------------------------------------------


def test_ten_users_are_served_while_a_document_runs(client, connect, services, document, english):
    clients = {sentence: connect() for sentence in TEN}
    running = client.submit(document(english), "en", "de", api_name="/translate_file")
    assert eventually(lambda: busy(services))
    answers, overtaken = {}, []

    def user(sentence: str, own) -> None:
        answers[sentence] = translate(own, sentence, "en", "fr", 4)
        overtaken.append(not running.done())
        own.close()

    users = [threading.Thread(target=user, args=given) for given in clients.items()]
    for thread in users:
        thread.start()
    for thread in users:
        thread.join()
    assert overtaken == [True] * 10
    assert len(lines_of(running.result(timeout=120))) == len(english)
    assert all(word in answers[sentence] for sentence, word in TEN.items()), answers
