"""The characters that are usual in a text of each older encoding: what tells one encoding from another."""

# The most frequent of both ways to write Chinese, then pairs that differ; of Cantonese; of Korean.
_HAN = (
    "的一是不了在人有我他中上大和地到以要就出可也你生能而子那得下自之年作用道行所然家事成方多去法如都同面"
    "起看定天分好小部其些主理心她本前因只想日者意力它把十民第公此已工使情明性知全三又正外高由很最重物手向"
    "文政美相被利什二等或新己制身果加西斯月合回特代信表化老世位次度任常先海通教原提立及比解水名真走各入口"
    "平系活更打女四神何安少才反受目太量再感建做接必件管期市直德命山金指克保至形社便空治展科司五基眼非白界"
    "光放即像且思王象完式色路南品住告求程北死交取拉格望共清今切院候呢吧您早晚吃喝怎哪快母父迎祝餐六七八九"
    "百千男孩朋友"
)
_SIMPLIFIED = (
    "这个们来为国说时会对过发后里种经么学现当没动还进样开从实军无与长机关点业将两间问并应战头体见产话门东"
    "声员论处义几认条气题尔别变总电数报结务场计资许统区队决马书则听却达强难权设记类边张该规万觉术领确传师"
    "观让识带导争运于着给儿吗请谢爱谁节乐亲讨厌圣诞欢钱买卖饭车医妈丽兴汤词语"
)
_TRADITIONAL = (
    "這個們來為國說時會對過發後裡種經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問並應戰頭體見產話門東"
    "聲員論處義幾認條氣題爾別變總電數報結務場計資許統區隊決馬書則聽卻達強難權設記類邊張該規萬覺術領確傳師"
    "觀讓識帶導爭運於著給兒嗎請謝愛誰節樂親討厭聖誕歡錢買賣飯車醫媽麗興湯詞語"
)
_CANTONESE = "嘅咗喺唔佢哋嚟冇啲咁嘢乜睇"
_HANGUL = (
    "이하다에니는을를가로의지서사리기수고스은라그자한시나어여으트있아용정일합인모게들도습와성대해되드할제"
    "과내것터요면보전세호적함우데위입만러된너행소문경상거주더부장음않야생작며예반체변동화마때비신말같래희"
    "중명설열레분원형개네없조크력께무단두방재간운현값안본연진른발당목임속필까번집말눈물람"
)
_MARKS = "，。、！？：；（）「」『』《》“”‘’…—·～　"


def _span(first: str, last: str) -> str:
    return "".join(map(chr, range(ord(first), ord(last) + 1)))


_KANA = _span("ぁ", "ん") + _span("ァ", "ヶ") + "ー"
_WESTERN = "éèêëàâçùûôîïœüöäßñáíóúãõìòÉÈÊÀÇÔŒÜÖÄÁÍÓÚÑ¿¡’‘“”–—…«»°€\u00a0"
_CENTRAL = "ąćęłńóśźżěščřžýáíéúůťďňäöüßŁŻČŘŠ„”“–—…\u00a0"
# Without ф ц щ ъ э: Hebrew read as Cyrillic is full of them.
_CYRILLIC = "абвгдежзийклмнопрстухчшыьюяёіїєґ"

# Encoding to its usual characters; of two that explain a file equally well, the first is taken.
USUAL: dict[str, frozenset[str]] = {
    "gb18030": frozenset(_HAN + _SIMPLIFIED + _MARKS),
    "big5hkscs": frozenset(_HAN + _TRADITIONAL + _CANTONESE + _MARKS),
    "cp932": frozenset(_KANA + _MARKS),
    "euc_jp": frozenset(_KANA + _MARKS),
    "cp949": frozenset(_HANGUL + _MARKS),
    "cp1252": frozenset(_WESTERN),
    "cp1251": frozenset(_CYRILLIC + _CYRILLIC.upper() + "«»—–…№\u00a0"),
    "cp1254": frozenset("ığüşöçİŞĞÜÖÇâ’“”\u00a0"),
    "cp1250": frozenset(_CENTRAL),
    "cp1255": frozenset(_span("א", "ת")),
    "cp1256": frozenset("ابتجحخدرزسشصطعفقكلمنهويىةأإپچگک،"),
}
# How accented letters and letters of other alphabets stand in a text: one or two at a time, or more.
ACCENTED = frozenset({"cp1252", "cp1250", "cp1254"})
ALPHABETS = frozenset({"cp1251", "cp1255", "cp1256"})
# The everyday half of each large set has first bytes of its own.
EVERYDAY: dict[str, range] = {
    "gb18030": range(0xB0, 0xD8),
    "big5hkscs": range(0xA4, 0xC7),
    "cp932": range(0x88, 0x98),
    "euc_jp": range(0xB0, 0xD0),
    "cp949": range(0xB0, 0xC9),
}
