import subprocess
import sys
import threading

import pytest

from hymt.text import detection
from hymt.text.detection import detect_language
from hymt.text.languages import FURTHER, LANGUAGES

SENTENCES = {
    "zh": "人人生而自由，在尊严和权利上一律平等。",
    "en": "All human beings are born free and equal in dignity and rights.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "pt": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos.",
    "ja": "すべての人間は、生まれながらにして自由であり、尊厳と権利とについて平等である。",
    "tr": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.",
    "ru": "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "ar": "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق.",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "vi": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.",
    "ms": "Saya tidak boleh datang ke pejabat hari ini kerana kereta saya rosak.",
    "id": "Saya tidak bisa datang ke kantor hari ini karena mobil saya rusak.",
    "tl": "Ang lahat ng tao'y isinilang na malaya at pantay-pantay sa karangalan at mga karapatan.",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "zh-Hant": "人人生而自由，在尊嚴和權利上一律平等。",
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.",
    "cs": "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv.",
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren.",
    "km": "មនុស្សទាំងអស់កើតមកមានសេរីភាពនិងសមភាពក្នុងសេចក្តីថ្លៃថ្នូរនិងសិទ្ធិ។",
    "my": "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း မွေးဖွားလာသူများ ဖြစ်သည်။",
    "fa": "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند.",
    "gu": "પ્રતિષ્ઠા અને અધિકારોની દૃષ્ટિએ સર્વ માનવો જન્મથી સ્વતંત્ર અને સમાન હોય છે.",
    "ur": "تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے ہیں۔",
    "te": "ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును జన్మతః స్వతంత్రులును సమానులును నగుదురు.",
    "mr": "सर्व मानवी व्यक्ती जन्मतःच स्वतंत्र आहेत व त्यांना समान प्रतिष्ठा व समान अधिकार आहेत.",
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "bn": "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    "ta": "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்.",
    "uk": "Всі люди народжуються вільними і рівними у своїй гідності та правах.",
    "bo": "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས་ཆེ་མཐོངས་དང་ཐོབ་ཐང་གི་རང་དབང་འདྲ་མཉམ་དུ་ཡོད་ལ།",
    "kk": "Барлық адамдар тумысынан азат және қадір-қасиеті мен құқықтары тең болып дүниеге келеді.",
    "mn": "Хүн бүр төрж мэндлэхэд эрх чөлөөтэй, адилхан нэр төртэй, ижил эрхтэй байдаг.",
    "ug": "ھەممە ئادەم زانىدىنلا ئەركىن، ئىززەت-ھۆرمەت ۋە ھوقۇقتا باپباراۋەر بولۇپ تۇغۇلغان.",
    "yue": "個個人生出嚟就係自由平等，唔使驚冇人尊重佢哋嘅權利。",
}


def test_every_language_has_a_sentence():
    assert set(SENTENCES) == set(LANGUAGES)


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_of_every_language(code):
    assert detect_language(SENTENCES[code]) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "en") for text in ("hello", "ok", "OK", "Hi!", "yes", "thanks", "Python", "LOL", "a", "the cat")),
        ("bonjour", "fr"),
        ("hola", "es"),
        ("danke", "de"),
        ("vielen dank", "de"),
        ("ciao", "it"),
        ("Привет", "ru"),
        ("谢谢", "zh"),
        ("謝謝", "zh-Hant"),
        ("唔該", "yue"),
        ("駅", "ja"),
        ("ありがとう", "ja"),
        ("سلام", "ar"),
        ("شکریہ", "ur"),
    ],
)
def test_short_texts(text, code):
    assert detect_language(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("マイクロソフトの Visual Studio Code を使います。", "ja"),
        ("使用 TensorFlow 和 PyTorch 训练模型", "zh"),
        ("The word 漢字 comes from China.", "en"),
        ("https://example.com/a/long/path/in/latin/letters 你好", "zh"),
        (
            "他在东京的一家名叫“さくら”的小餐馆里吃了一顿非常好吃的晚饭，然后坐车回了家，第二天又来了一次。",
            "zh",
        ),
        ("12345 — 你好", "zh"),
    ],
)
def test_the_greater_part_decides(text, code):
    assert detect_language(text) == code


@pytest.mark.parametrize("text", ["", " \n", "123 456", "!?…", "😀", "https://example.com", "ᏣᎳᎩ", "\ud800"])
def test_nothing_to_tell(text):
    assert detect_language(text) is None


TEN = {"zh", "en", "fr", "pt", "es", "ja", "ru", "ko", "it", "de"}


@pytest.mark.parametrize("code", ["zh-Hant", "yue"])
def test_what_is_close_to_a_known_language_is_taken_for_it(code):
    assert detect_language(SENTENCES[code], TEN) == "zh"


@pytest.mark.parametrize("text", ["dank u wel", "tack", "kiitos", "Saya"])
def test_a_short_text_is_in_a_known_language(text):
    assert detect_language(text, TEN - {"zh"}) in TEN


@pytest.mark.parametrize("code", sorted(set(SENTENCES) - TEN - {"zh-Hant", "yue", "ms", "id"}))
def test_a_sentence_in_a_language_outside_of_the_known_ones(code):
    assert detect_language(SENTENCES[code], TEN) == code


FURTHER_SENTENCES = {
    "el": "Αθήνα",
    "ka": "თბილისი",
    "hy": "Երևան",
    "am": "አዲስ አበባ",
    "pa": "ਸਤ ਸ੍ਰੀ ਅਕਾਲ",
    "si": "ආයුබෝවන්",
    "lo": "ສະບາຍດີ",
    "sv": "Alla människor är födda fria och lika i värde och rättigheter.",
    "fi": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
    "hu": "Minden emberi lény szabadon születik és egyenlő méltósága és joga van.",
    "ro": "Toate ființele umane se nasc libere și egale în demnitate și în drepturi.",
    "bg": "Не знам къде са ключовете ми.",
    "be": "Усе людзі нараджаюцца свабоднымі і роўнымі ў сваёй годнасці і правах.",
    "ne": "सबै व्यक्तिहरू जन्मजात स्वतन्त्र हुन् ती सबैको समान अधिकार र महत्व छ।",
}


@pytest.mark.parametrize("code", FURTHER_SENTENCES)
def test_a_sentence_in_a_language_that_no_model_knows(code):
    assert code in FURTHER and detect_language(FURTHER_SENTENCES[code]) == code


def test_a_model_without_languages_knows_none():
    assert detect_language(SENTENCES["en"], set()) == "en"


def test_only_the_beginning_is_looked_at():
    assert detect_language(" \n" * 500_000 + SENTENCES["fr"] + SENTENCES["zh"] * 20_000) == "zh"
    assert detect_language(SENTENCES["fr"] * 50 + SENTENCES["zh"] * 50_000) == "fr"


def test_the_model_loads_on_first_use_only():
    code = "import sys, hymt.text.detection; sys.exit('py3langid' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_was_prepared_in_another_thread_is_used():
    """Who asks meanwhile waits for it, instead of unpacking it once more."""
    detection._identifier.cache_clear()
    threads = [threading.Thread(target=detection.prepare) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert detect_language("Where is the station?") == "en"
    for thread in threads:
        thread.join()
    assert detection._identifier.cache_info().misses == 1
