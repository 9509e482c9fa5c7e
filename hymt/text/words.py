"""Everyday words of the languages in Latin script, for texts too short for n-grams."""

_TABLE = """
en hello hi hey ok okay yes no thanks thank you please good morning night the and is are was i my a what who
en how why where this that it of to for with test welcome goodbye bye sorry love not don't we he she
fr bonjour salut merci oui non bonsoir comment ça va je tu il elle nous vous est le la les un une et des où
fr pourquoi avec pour dans ne pas c'est au revoir mon ma quoi qui beaucoup
pt olá oi obrigado obrigada sim não bom boa dia tarde noite eu você ele ela nós os as um uma é está com para
pt por favor onde porque que de do da em no na se meu minha muito tudo bem mais ao isso
es hola gracias sí no buenos días buenas tardes noches yo tú él ella nosotros el la los las un una y es está
es con para por favor dónde qué quién cómo mi muy adiós amigo señor que de del en al se lo me te su más pero
es como eso casa
tr merhaba selam evet hayır teşekkürler teşekkür ederim günaydın iyi geceler ben sen biz bu ne var yok bir
tr ve için çok nasılsın lütfen tamam
it ciao grazie sì no buongiorno buonasera prego io tu lui lei noi il la gli le un una è sono con per favore
it dove che chi come mio mia molto bene perché stai non di del da mi ti si ho ha più questo
de hallo danke ja nein guten tag morgen abend bitte ich du er sie wir ihr der die das ein eine und ist sind
de mit für wo was wer wie warum nicht mein sehr gut tschüss vielen dank herzlichen
vi chào xin cảm ơn vâng không tôi bạn anh em là và của có được này một người
ms saya awak kami apa khabar terima kasih selamat pagi ya tidak tak boleh kerana ialah bahawa nak hendak
ms sahaja wang kereta pejabat cakap sila encik iaitu mahu macam daripada semasa manakala pelbagai beliau
ms lelaki faham berbeza universiti polis ubat bandar esok petang
id saya aku kamu kami apa kabar terima kasih selamat pagi siang malam ya tidak bisa karena adalah bahwa
id ingin hanya uang mobil kantor bicara silakan bapak anda mau saat berbeda punya sudah kalau yaitu coba
id polisi universitas obat kota besok sore gak nggak pria
tl kumusta salamat po opo oo hindi ako ikaw siya kami tayo ang ng mga sa ay na magandang umaga gabi mahal
tl kita bakit saan ano
pl cześć dziękuję dzięki tak nie dzień dobry proszę ja ty on ona my jest i w z na się co kto jak gdzie
pl dlaczego mój bardzo
cs ahoj děkuji díky ano ne dobrý den prosím já ty on ona my je a v na se co kdo jak kde proč můj velmi jsem
cs jsi
nl hallo hoi dank je wel bedankt ja nee goedemorgen alstublieft ik jij hij zij wij het de een en is zijn met
nl voor waar wat wie hoe waarom niet mijn heel goed u
"""


def _build() -> dict[str, set[str]]:
    words: dict[str, set[str]] = {}
    for code, *row in map(str.split, _TABLE.strip().splitlines()):
        words.setdefault(code, set()).update(row)
    return words


WORDS: dict[str, set[str]] = _build()
