"""The command line, as a user runs it: in a process of its own; where models are loaded, mostly one made by a fork."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest

from hymt.cli import COMMANDS
from hymt.models.precision import PRECISIONS
from tests.conftest import EXAMPLES
from tests.forks import run as forked

APP = EXAMPLES.parent / "app.py"


def hymt(*arguments, folder=None) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "hymt", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=180)


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from hymt.cli import main; main(['--help']);print('torch' in sys.modules, 'gradio' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "translate" in done.stdout and "serve" in done.stdout and done.stdout.endswith("False False\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_commands_help_imports_nothing_heavy(command):
    script = (
        f"import sys; from hymt.commands.{command} import parser; parser().format_help(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["translate", "Hello", "--to", "th", "--from", "en"],
        ["translate", "Hello", "--to", "fr", "--beams", "99"],
        ["translate", "Hello", "--to", "fr", "--precision", "fp8"],
        ["translate", "Hello", "--to", "fr", "--adapter", "~nosuch"],
        ["translate", "Hello", "--to", "fr", "--glossary", "nosuch.tsv"],
        ["compare", "--beams", "99"],
        ["compare", "--model", "~nosuch"],
        ["plan", "--model", "~nosuch"],
        ["plan", "--precision", "fp8"],
        ["convert", "hymt-mini", "x" * 5000],
    ],
)
def test_what_words_tell_is_wrong_is_refused_at_once(arguments):
    script = f"import sys; from hymt.cli import main; print(main({arguments}), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "1 False\n"


def test_only_the_translation_on_standard_output():
    done = hymt("translate", "你好，请问附近有地铁站吗？", "--to", "en", "--precision", "fp32")
    assert done.returncode == 0 and "station" in done.stdout and done.stdout.count("\n") == 1
    assert (
        "zh (detected; --from names another) → en" in done.stderr
        and "hymt-mini fp32" in done.stderr
        and "Traceback" not in done.stderr
    )


def test_one_chunk_is_one():
    done = forked("translate", "Good morning.", "--to", "fr", "--from", "en", "--beams", "1")
    assert done.returncode == 0 and "en → fr, 1 chunk, " in done.stderr


def test_a_glossary_is_held_and_counted(tmp_path):
    (tmp_path / "terms.tsv").write_text("en\tfr\ngarden\tparc Blim\nhouse\tmaison\n")
    asked = ["--from", "en", "--beams", "1", "--glossary", "terms.tsv"]
    done = forked("translate", "The garden is behind the house.", "--to", "fr", *asked, folder=tmp_path)
    assert done.returncode == 0 and "parc Blim" in done.stdout and "hymt: 2 of 2 terms held.\n" in done.stderr
    done = forked("translate", "Hello", "--to", "de", *asked, "--lang", "zh", folder=tmp_path)
    assert done.returncode == 1 and "该术语表用于英语译法语，而不是英语译德语" in done.stderr


def test_a_text_without_words_passes_unchanged():
    done = forked("translate", "12345 😀", "--to", "en")
    assert (done.returncode, done.stdout) == (0, "12345 😀\n") and "no words in it to translate" in done.stderr


def test_a_taken_port_says_which_option_chooses_another(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        by_option = forked("serve", "--port", port)
        monkeypatch.setenv("HYMT_PORT", str(port))
        by_environment = forked("serve")
    for done in (by_option, by_environment):
        assert done.returncode == 1 and f"Cannot listen on 127.0.0.1:{port}" in done.stderr
        assert "--port or HYMT_PORT" in done.stderr


def test_standard_input_to_json():
    done = forked(
        "translate", "--to", "fr", "--from", "en", "--beams", "1", "--json", given="Good morning.\n\nGood night.\n"
    )
    output = json.loads(done.stdout)
    assert output["text"].count("\n") == 3 and output["source"] == "en" and output["target"] == "fr"
    assert output["chunks"] == 2 and output["model"] == "hymt-mini" and output["precision"] in PRECISIONS
    assert min(output[key] for key in ("tokens", "seconds", "tokens_per_second", "peak_memory_bytes")) > 0


def test_standard_input_in_another_encoding():
    done = forked(
        "translate", "--to", "en", "--from", "zh", "--beams", "1", given="你好，请问附近有地铁站吗？".encode("gb18030")
    )
    assert done.returncode == 0 and "station" in done.stdout


def test_standard_input_that_is_no_text():
    command = [sys.executable, "-m", "hymt", "translate", "--to", "en"]
    binary = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    for given, words in ((binary, b"standard input"), (b"", b"nothing to translate")):
        done = subprocess.run(command, input=given, capture_output=True, timeout=180)
        assert done.returncode == 1 and words in done.stderr and b"Traceback" not in done.stderr


def test_a_file_to_a_file(tmp_path):
    out = tmp_path / "out.txt"
    decoding = ["--precision", "int8", "--beams", "1"]
    done = forked("translate", "--file", EXAMPLES / "everyday.zh.txt", "--out", out, "--to", "en", *decoding)
    assert done.returncode == 0 and done.stdout == ""
    assert len(out.read_text(encoding="utf-8").splitlines()) == 40
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_a_folder_to_a_folder_with_both_languages(tmp_path):
    for name, text in (("docs/a.md", "# Good morning."), ("docs/deep/b.txt", "Good night."), ("docs/c.png", "")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    command = ["translate", "--file", "docs/", "--out", "docs.fr/", "--to", "fr", "--bilingual", "tmx", "--beams", "1"]
    done = forked(*command, "--from", "en", "--json", folder=tmp_path)
    assert done.returncode == 0 and json.loads(done.stdout)["translated"] == 2, done.stderr
    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("docs.fr/**/*.*"))
    assert written == [f"docs.fr/{name}" for name in ("a.bilingual.tmx", "a.md", "deep/b.bilingual.tmx", "deep/b.txt")]
    again = hymt(*command, "--from", "en", folder=tmp_path)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "hymt: Files: 2 up to date.\n")


def test_a_file_in_both_languages_lies_beside_the_translation(tmp_path):
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nGood morning.\n")
    command = ["translate", "--file", "a.srt", "--to", "fr", "--from", "en", "--beams", "1"]
    done = forked(*command, "--out", "a.fr.srt", "--bilingual", "interleaved", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    *_, source, target = (tmp_path / "a.fr.bilingual.srt").read_text().splitlines()
    assert source == "Good morning." and (tmp_path / "a.fr.srt").read_text().splitlines()[-1] == target


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["translate", "Hello", "--to", "xx"], 1, "xx"),
        (["translate", "Hello", "--to", "th", "--from", "en"], 1, "does not know Thai"),
        (["translate", "--file", "missing.txt", "--to", "fr"], 1, "missing.txt"),
        (["translate", "--file", "prices.xlsx", "--to", "fr"], 1, "say with --out"),
        (["translate", "--file", "cars.pdf", "--out", "cars.fr.pdf", "--to", "fr"], 1, "a name that ends in .md"),
        (["translate", "Hello", "--to", "fr", "--precision", "fp8"], 1, "fp32, bf16, fp16, int8, nf4"),
        (["translate", "Hello", "--to", "fr", "--model", "tencent/Hunyuan-MT-7B", "--precision", "nf4"], 1, "reached"),
        (["translate", "Hello", "--to", "fr", "--out", "no/such/folder/x.txt"], 1, "folder"),
        (["translate", "Hello", "--file", "x.txt", "--to", "fr"], 2, "not both"),
        (["translate", "--file", "a.txt", "--to", "fr", "--bilingual", "tmx"], 2, "--bilingual goes with"),
        (["translate", "Hello", "--to", "fr", "--out", "x.txt", "--bilingual", "tmx"], 2, "--bilingual goes with"),
        (["translate", "--file", "a.csv", "--to", "fr", "--out", "x.csv", "--bilingual", "interleaved"], 1, "in turn"),
        (["translate", "--file", "a.txt", "b.txt", "--to", "fr"], 1, "name it with --out"),
        (["translate", "--file", "docs/*.md", "--to", "fr", "--out", "docs.fr"], 1, "no files there"),
        (["translate", "Hello"], 2, "--to"),
        (["serve", "--auth", "nobody"], 2, "USER:PASSWORD"),
        (["serve", "--gpu-memory", "0"], 2, "--gpu-memory: A GPU memory limit is a number of GiB above 0"),
        (["translate", "Hello", "--to", "fr", "--gpu-memory", "lots"], 2, "GiB above 0, such as 8 or 7.5, not “lots”"),
        (["finetune", "hymt-mini", "missing.tsv", "out", "--from", "en", "--to", "fr"], 1, "missing.tsv"),
        (["finetune", "hymt-mini", "missing.tsv", "out", "--from", "en", "--to", "xx"], 1, "xx"),
        (["finetune", "hymt-mini", "x.tsv", "out", "--from", "en", "--to", "fr", "--rank", "0"], 1, "1 or more"),
        (["finetune", "hymt-mini", "x.tsv", "out", "--from", "en", "--to", "fr", "--epochs", "1e308"], 1, "at most"),
        (["finetune", "hymt-mini", "x.tsv", "out", "--from", "en", "--to", "fr", "--seed", "-1"], 1, "0 or more"),
        (["finetune", "hymt-mini", "x.tsv", "out", "--from", "en", "--to", "fr", "--rank", "9" * 30], 1, "at most"),
        (["finetune", "hymt-mini", "x.tsv", "out", "--to", "fr"], 2, "--from"),
        (["plan", "--gpu-memory", "1e308"], 2, "No machine has 1e308 GiB"),
        (["plan", "--model", "~nosuch"], 1, "no model or folder “~nosuch”"),
        (["translate", "Hello", "--to", "fr", "--model", "~nosuch"], 1, "no model or folder “~nosuch”"),
        (["translate", "Hello", "--to", "fr", "--adapter", "~nosuch"], 1, "no adapter “~nosuch”"),
        (["translate", "Hello", "--to", "fr", "--model", "no--body/x..y"], 1, "no model"),
        (["translate", "Hello", "--to", "fr", "--precision", "fp32", "--beams", "99"], 1, "from 1 to 8"),
        (["translate", "Hello", "--to", "fr", "--out", "/"], 1, "is a folder, not a file"),
        (["translate", "Hello", "--to", "fr", "--out", f"{'x' * 5000}.txt"], 1, "File name too long"),
        (["translate", "--file", f"{'x' * 5000}.txt", "--to", "fr"], 1, "File name too long"),
        (["compare", "--out", "/"], 1, "is a folder, not a file"),
        (["compare", "--precisions", "fp32,fp8"], 2, "Choose one of fp32"),
        (["compare", "--beams", "99"], 1, "from 1 to 8"),
        (["serve", "--port", "70000"], 2, "from 0 to 65535"),
        (["serve", "--port", "-1"], 2, "from 0 to 65535"),
        (["serve", "--host", "300.1.1.1"], 1, "Choose another port or host"),
        (["serve", "--host", "x" * 5000], 1, "Choose another port or host"),
        (["bench", "--out", "/dev/null"], 1, "File exists"),
        (["bench", "--draw", "nosuch"], 1, "No such file or directory: nosuch"),
        (["memory", "--watch", "--out", "/dev/null/x"], 1, "Not a directory"),
        (["fly"], 2, "no command"),
        ([], 2, "usage"),
    ],
)
def test_errors_say_what_to_do(tmp_path, arguments, status, words):
    done = hymt(*arguments, folder=tmp_path)
    assert done.returncode == status and words in done.stderr and done.stdout == ""
    assert "Traceback" not in done.stderr and str(tmp_path) not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "words"), [("~nosuch/x", "There is no folder"), ("x" * 5000, "File name too long")])
def test_a_conversion_to_where_nothing_can_be_is_refused(tmp_path, name, words):
    done = hymt("convert", "hymt-mini", name, folder=tmp_path)
    assert done.returncode == 1 and words in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["translate", "Hello", "--to", "xx"], "unknown_language"),
        (["plan", "--precision", "fp8"], "unknown_precision"),
        (["compare", "--beams", "99"], "option_range"),
        (["bench", "--draw", "nosuch"], "file_error"),
    ],
)
def test_a_program_that_wants_json_gets_its_refusal_as_json(tmp_path, arguments, code):
    done = hymt(*arguments, "--json", folder=tmp_path)
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 1 and error["code"] == code and error["message"] in done.stderr


IN_CHINESE = [
    (["translate", "Hello", "--to", "xx"], 1, "“xx”不在 38 种语言之列"),
    (["translate", "Hello", "--to", "fr", "--model", "nosuch"], 1, "没有名为“nosuch”的模型或文件夹"),
    (["translate", "Hello", "--file", "x.txt", "--to", "fr"], 2, "只能给出其一"),
    (["translate", "--file", "missing.txt", "--to", "fr"], 1, "文件或文件夹不存在"),
    (["plan", "--gpu-memory", "lots"], 2, "大于 0 的 GiB 数"),
    (["plan", "--precision", "fp8"], 1, "未知精度“fp8”"),
    (["memory", "--gpu", "99"], 1, "没有显卡 99"),
    (["compare", "--out", "no/such/x.html"], 1, "--out 的文件夹不存在"),
    (["convert", "hymt-mini", "/"], 1, "已经存在"),
    (["finetune", "hymt-mini", "x.tsv", "out", "--from", "en", "--to", "fr", "--rank", "0"], 1, "须不小于 1"),
    (["bench", "--widths", "0"], 2, "之间的整数"),
    (["serve", "--port", "70000"], 2, "端口必须是 0 到 65535"),
]


@pytest.mark.parametrize(("arguments", "status", "words"), IN_CHINESE)
def test_errors_are_said_in_chinese_where_it_is_asked_for(tmp_path, arguments, status, words):
    done = hymt(*arguments, "--lang", "zh", folder=tmp_path)
    assert done.returncode == status and words in done.stderr and "Traceback" not in done.stderr


def test_the_environment_asks_for_chinese(monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "未知精度" in hymt("plan", "--precision", "fp8").stderr
    assert "没有命令“fly”" in hymt("fly").stderr
    assert "Unknown precision" in hymt("plan", "--precision", "fp8", "--lang", "en").stderr
    monkeypatch.setenv("HYMT_LANG", "en")
    assert "Unknown precision" in hymt("plan", "--precision", "fp8").stderr


@pytest.mark.parametrize("arguments", [["translate", "Hello.", "--to", "fr"], ["serve", "--port", "0"]])
def test_a_memory_limit_is_for_gpus(monkeypatch, arguments):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    done = forked(*arguments, "--gpu-memory", "8")
    assert done.returncode == 1 and "leave it out" in done.stderr and "Traceback" not in done.stderr


def test_the_environments_memory_limit(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    for value, words in (("8", "is for NVIDIA GPUs"), ("much", "HYMT_GPU_MEMORY: A GPU memory limit is a number")):
        monkeypatch.setenv("HYMT_GPU_MEMORY", value)
        monkeypatch.setenv("HYMT_PORT", "0")
        done = subprocess.run([sys.executable, APP], capture_output=True, text=True, timeout=180)
        assert done.returncode == 1 and words in done.stderr and "Traceback" not in done.stderr


@pytest.mark.cuda
def test_a_memory_limit_says_what_it_leaves():
    done = hymt("translate", "Good morning.", "--to", "fr", "--from", "en", "--gpu-memory", "2")
    assert done.returncode == 0 and "that are free within the limit of 2.00 GiB" in done.stderr
    assert done.stdout.startswith("Bon")


def test_a_source_is_not_overwritten(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("Good morning.")
    done = hymt("translate", "--file", file, "--out", file, "--to", "fr", folder=tmp_path)
    assert done.returncode == 1 and "overwrite" in done.stderr and file.read_text() == "Good morning."
