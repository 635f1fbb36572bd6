#!/usr/bin/python3
"""Generates Slug/TransliterationTable.swift and Markdown/EntityTable.swift.

Run it with Debian's python3-icu: /usr/bin/python3 Sources/FerryTransforms/Slug/generate-table.py
The transliteration comes from ICU's transliterators, one code point at a time, with the choices below laid over it;
the entities from Python's copy of HTML's list. Nothing of either is needed when Ferry is built or run.
"""
import html.entities
import pathlib
import re
import unicodedata

import icu

HERE = pathlib.Path(__file__).parent

# Flags of an entry; Transliteration.swift reads them.
COMPOSES = 1  # may join the character before it under NFC
KILLS_VOWEL = 2  # removes the inherent vowel before it
HAS_VOWEL = 4  # ends in an inherent vowel
MOVES_BEHIND = 8  # is written before the consonant that it is spoken after (Thai, Lao)
SMALL_KANA = 16  # changes the kana before it
DOUBLES = 32  # doubles the consonant after it

to_latin = icu.Transliterator.createInstance("Any-Latin")
to_ascii = icu.Transliterator.createInstance("Latin-ASCII")
nfc_maybe = icu.Normalizer2.getNFCInstance()

# BGN/PCGN for Russian, the national systems for the others; ICU's own ž, č, š would lose the h.
CYRILLIC = dict(zip(
    "а б в г д е ё ж з и й к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я і ї є ґ ў ђ ј љ њ ћ џ ѓ ќ ѕ ѣ ѳ ѵ ѐ ѝ".split(),
    "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i yi ye g u dj j lj nj c dz gj kj dz"
    " e f i e i".split(), strict=True))
# Letters of Tatar, Kazakh, Sakha, Abkhaz and other languages, and those of old texts, that ICU does not know.
CYRILLIC |= dict(zip(
    "ә ҡ ҥ һ ҩ ҵ ҽ ӌ ӡ ӿ ҍ ӏ ԁ ԃ ԅ ԇ ԉ ԋ ԍ ԏ ԑ ԕ ԗ ԛ ԝ ԟ ԫ ԭ ѡ ѥ ѧ ѩ ѫ ѭ ѯ ѱ ѹ ѿ ҁ".split(),
    "a k ng h kh ts ch ch dz h _ _ d d z dz l n s t z lh rh q w k dzh ch o ie e ie o io ks ps u ot k".split(),
    strict=True))
# Letters of African and Sami alphabets and of phonetic script; ICU leaves them out or has them otherwise than the
# libraries do that know them.
LATIN = dict(zip(
    "ŋ ĸ ɔ ɣ ʃ ʒ ǯ ʊ ɩ ɑ ɐ ɒ ɯ ɵ ǝ ɘ ɜ ɝ ɞ ʚ ɛ ɤ ɥ ȝ ȣ ƿ ƕ ʎ ʍ ɰ ɸ ɹ ɺ ɻ ɿ ʁ ʀ ʅ ʆ ƪ ʇ ʄ ʗ ʞ ʓ ƹ ƺ ʤ ʧ ʨ ʩ ʬ ʮ ʯ ɮ ƍ ƛ ɋ"
    " ƨ ƻ ƽ ƅ ƾ ɷ ə ɚ ʌ ʔ ʕ ʡ ʢ ɂ ǀ ǁ ǂ ǃ ʘ".split(),
    "ng k o g sh zh zh u i a a a w o e e e e e e e u y y ou w hv y w w f r r r r r r s s sh t j c k zh zh zh dz ts tc fn"
    " ww h h lz d l q 2 2 5 6 ts o e e u _ _ _ _ _ _ _ _ _ _".split(), strict=True))
# ICU drops alef and ayin, which leaves words empty.
HEBREW = dict(zip("אבגדהוזחטיךכלםמןנסעףפץצקרשת",
                  "a b g d h v z h t y k k l m m n n s a p p ts ts k r sh t".split(), strict=True))
ARABIC = {"ع": "a", "ا": "a", "آ": "a", "ى": "a", "ء": "_", "ئ": "y", "ؤ": "w", "ة": "h"}
COPTIC = dict(zip("ϣ ϥ ϧ ϩ ϫ ϭ ϯ ϛ ϝ ϟ ϡ ͱ ͳ ͷ ϙ".split(), "sh f kh h g ch ti st w q sp h ss w q".split(), strict=True))
OTHER = {"\u0a70": "n", "ß": "ss", "ẞ": "SS", "ı": "i", "ー": "_", "ｰ": "_", "゛": "_", "゜": "_", "№": "No"}
CASED = CYRILLIC | LATIN | COPTIC
CHOSEN = {k: v.replace("_", "") for k, v in (CASED | HEBREW | ARABIC | OTHER).items()}
CHOSEN |= {k.upper(): v.capitalize() for k, v in CHOSEN.items() if k in CASED and len(k.upper()) == 1}

DROPPED = set("\u2018\u2019\u201b\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\u2032\uff07\u00b4©®™℠")
KATAKANA_TO_HIRAGANA = 0x60
SMALL = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo", "ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o", "ゎ": "wa"}
SINHALA_SIGNS = {chr(0xD82 + i): v for i, v in {
    0: "n", 1: "h", 0x48: "", 0x4D: "a", 0x4E: "ae", 0x4F: "ae", 0x50: "i", 0x51: "i", 0x52: "u", 0x54: "u", 0x56: "ru",
    0x57: "e", 0x58: "e", 0x59: "ai", 0x5A: "o", 0x5B: "o", 0x5C: "au", 0x5D: "l", 0x70: "ru", 0x71: "l"}.items()}
VIRAMA = {block: chr(block + 0x4D) for block in range(0x900, 0xD80, 0x80)}

SEPARATOR, DROP = "@ ", "@"


def plain(text):
    """ASCII letters and digits, with one space for each run of anything else; marks of Latin text are removed."""
    text = to_ascii.transliterate(text)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.category(c).startswith("M"))
    text = re.sub("['`\u02b9-\u02bf\u02c8\u02cc\u2018\u2019]", "", to_ascii.transliterate(text))
    return re.sub("[^A-Za-z0-9]+", " ", text)


def entry(flags, text):
    return chr(0x40 + flags) + text


def letters_from_name(c):
    """What the name of a letter says that it sounds like, for the scripts that ICU does not know."""
    name = unicodedata.name(c, "")
    match = re.search(r"LATIN (SMALL|CAPITAL) LETTER ([A-Z])\b", name)
    if match:
        return match[2] if match[1] == "CAPITAL" else match[2].lower()
    match = re.search(r"(?:LETTER|SYLLABLE|SYLLABICS|VOWEL SIGN|VOWEL) (?:[A-Z-]+ )*([A-Z]+)$", name)
    if not match or "LATIN" in name:
        return ""
    word = match[1].lower()
    return word if len(word) <= 4 else word[0]


def indic(cp, c):
    """A letter or sign of the Brahmic scripts that ICU knows: consonants carry an `a` that signs replace."""
    block = cp & ~0x7F
    virama = VIRAMA[block]
    ka = chr(block + 0x15)
    category = unicodedata.category(c)
    if category == "Lo":
        alone, killed = to_latin.transliterate(c), to_latin.transliterate(c + virama)
        if alone.endswith("a") and not killed.endswith("a"):
            return entry(HAS_VOWEL, plain(alone).strip())
    elif unicodedata.name(c, "").endswith("NUKTA"):
        # It changes the consonant, whose vowel it leaves; without it both forms of such letters sound the same.
        return DROP
    elif category in ("Mn", "Mc"):
        joined = unicodedata.normalize("NFC", to_latin.transliterate(ka + c))
        if joined.isascii() and joined in ("ka", "k"):
            return entry(KILLS_VOWEL, "") if joined == "k" else DROP
        if any(0x900 <= ord(x) < 0xD80 for x in joined):
            return None
        if joined.startswith("ka"):
            return entry(0, plain(joined[2:]).strip())
        return entry(KILLS_VOWEL, plain(joined[1:]).strip())
    return None


def unknown_to_icu(c, script):
    """Scripts that ICU cannot transliterate, by what their letters and signs are called."""
    name = unicodedata.name(c, "")
    if c in SINHALA_SIGNS:
        return entry(0 if c in "\u0d82\u0d83" else KILLS_VOWEL, SINHALA_SIGNS[c])
    if name.startswith("SINHALA LETTER"):
        sound = name.split()[-1].lower().removesuffix("yanna") if name.endswith("YANNA") else "na"
        if "MAHAAPRAANA" in name or "TAALUJA SA" in name or "MUURDHAJA SA" in name:
            sound = sound[:-1] + "ha"
        return entry(HAS_VOWEL if sound not in ("a", "aa") and sound.endswith("a") else 0, sound)
    if re.search(r"VIRAMA|COENG|ASAT|AL-LAKUNA", name):
        return entry(KILLS_VOWEL, "")
    match = re.search(r"(SUBJOINED LETTER|LETTER|VOWEL SIGN|CONSONANT SIGN MEDIAL) (\w+)(?: \w+)*$", name)
    if not match:
        return None
    kind, sound = match[1], match[2].lower()
    if script == "Laoo" and kind == "LETTER":
        return entry(0, sound.removesuffix("o") or "o")
    if kind == "VOWEL SIGN":
        return entry(KILLS_VOWEL, sound[:4])
    flags = KILLS_VOWEL if kind in ("SUBJOINED LETTER", "CONSONANT SIGN MEDIAL") else 0
    return entry(flags | (HAS_VOWEL if len(sound) > 1 and sound[-1] in "ao" else 0), sound[:5])


def kana(c):
    hiragana = chr(ord(c) - KATAKANA_TO_HIRAGANA) if "ァ" <= c <= "ヶ" else c
    if hiragana == "っ":
        return entry(DOUBLES, "")
    if hiragana in SMALL:
        return entry(SMALL_KANA, SMALL[hiragana])
    return None


def is_emoji(cp, category):
    if category not in ("So", "Sk", "Cn") or 0x2190 <= cp <= 0x21FF or 0x3200 <= cp <= 0x33FF:
        return False
    return any(icu.Char.hasBinaryProperty(cp, p) for p in (
        icu.UProperty.EXTENDED_PICTOGRAPHIC, icu.UProperty.EMOJI_PRESENTATION, icu.UProperty.EMOJI))


def describe(cp):
    c = chr(cp)
    category = unicodedata.category(c)
    normal = unicodedata.normalize("NFC", c)
    if normal != c:
        # What NFC takes apart or replaces sounds like its parts, so that both forms give one slug.
        parts = [describe(ord(x)) for x in normal]
        flags = 0
        for part in parts:
            flags |= (ord(part[0]) - 0x40) & ~COMPOSES
        return entry(flags, "".join(p[1:] for p in parts))
    if c in DROPPED:
        return DROP
    if c in CHOSEN:
        text = CHOSEN[c]
        return entry(0, text)
    if category == "Nd":
        return entry(0, str(unicodedata.decimal(c)))
    if is_emoji(cp, category) or 0xFE00 <= cp <= 0xFE0F or 0xE0000 <= cp <= 0xE0FFF:
        return DROP
    if category == "Cf":
        return SEPARATOR if cp == 0x200B else DROP
    if 0x900 <= cp < 0xD80:
        found = indic(cp, c)
        if found:
            return found
    if 0x3041 <= cp <= 0x30FF:
        found = kana(c)
        if found:
            return found
    if 0x0E40 <= cp <= 0x0E44 or 0x0EC0 <= cp <= 0x0EC4:
        sound = ["e", "ae", "o", "ai", "ai"][cp & 0x7]
        return entry(MOVES_BEHIND, sound)
    script = icu.Script.getScript(c).getShortName()
    if script in ("Khmr", "Mymr", "Tibt", "Sinh", "Laoo") and category[0] in "LM" and not 0x0EC0 <= cp <= 0x0EC4:
        found = unknown_to_icu(c, script)
        if found:
            return found
    if category[0] == "M":
        text = to_latin.transliterate(c) if script == "Thai" else ""
        return entry(0, plain(text).strip()) if text != c else DROP
    if script == "Hani" or 0x3400 <= cp <= 0x9FFF or 0x20000 <= cp <= 0x3FFFF:
        text = plain(to_latin.transliterate(c)).strip()
        return entry(0, f" {text.lower()} ") if text else SEPARATOR
    apart = unicodedata.normalize("NFD", c)
    if script in ("Latn", "Grek", "Cyrl") and len(apart) > 1 and all(unicodedata.category(x) == "Mn" for x in apart[1:]):
        return describe(ord(apart[0]))
    if category in ("Lm", "Sk") and 0x2B9 <= cp <= 0x2FF and unicodedata.normalize("NFKD", c) == c:
        # Stress, tone and length: inside of words, and no letters.
        return DROP
    if category[0] in "LNSPZ":
        compatible = unicodedata.normalize("NFKC", c)
        if compatible != c and category[0] != "L" and not any(unicodedata.category(x)[0] in "LN" for x in compatible):
            return SEPARATOR
        if compatible != c and len(compatible) < 8 and all(ord(x) >= 0x80 for x in compatible) and " " not in compatible:
            return entry(0, re.sub(" +", " ", "".join(describe(ord(x))[1:] for x in compatible)))
        text = plain(to_latin.transliterate(compatible))
        if text.strip():
            return entry(0, text if category[0] != "L" else text.strip())
        if category[0] == "L":
            base, _, extra = unicodedata.name(c, "").partition(" WITH ")
            if extra and base:
                # A tail, a stroke or a hook makes it another letter, but what it is called says which one it began as.
                try:
                    return describe(ord(unicodedata.lookup(base)))
                except KeyError:
                    pass
            text = letters_from_name(c)
            if text:
                return entry(0, text)
            return DROP if category == "Lm" or 0x0600 <= cp <= 0x06FF else SEPARATOR
    return SEPARATOR


def maybe_composes(cp):
    """Whether NFC_Quick_Check is Maybe: the character may join the one before it."""
    return not nfc_maybe.hasBoundaryBefore(chr(cp)) and nfc_maybe.isNormalized(chr(cp)) and \
        nfc_maybe.quickCheck(chr(cp)) == icu.UNormalizationCheckResult.MAYBE


def digits(value, count):
    assert 0 <= value < 64 ** count, value
    return "".join(chr(0x30 + (value >> 6 * i & 63)) for i in reversed(range(count)))


def literal(text):
    lines = [text[i:i + 110] for i in range(0, len(text), 110)]
    return '#"""\n' + "\\#\n".join("        " + line for line in lines) + '\n        """#'


def write(path, name, summary, members):
    body = "\n".join(f"    /// {doc}\n    static let {member}: StaticString = {literal(text)}\n" for member, doc, text in members)
    path.write_text(f"// Generated by Slug/generate-table.py. Do not edit.\n// swift-format-ignore-file\n\n"
                    f"/// {summary}\nenum {name} {{\n{body}}}\n")


def transliteration():
    entries, numbers, pages, page_numbers, page_of = [], {}, [], {}, []
    for start in range(0, 0x40000, 0x100):
        cells = []
        for cp in range(start, start + 0x100):
            if cp < 0x80 or 0xD800 <= cp < 0xF900 or 0xAC00 <= cp < 0xD7A4:
                text = SEPARATOR
            else:
                text = describe(cp)
                if maybe_composes(cp):
                    text = chr(ord(text[0]) | COMPOSES) + text[1:]
                text = text if text.strip("@ ") else text[0] + text[1:2]
            if text not in numbers:
                numbers[text] = len(entries)
                entries.append(text)
            cells.append(digits(numbers[text], 2))
        page = "".join(cells)
        if page not in page_numbers:
            page_numbers[page] = len(pages)
            pages.append(page)
        page_of.append(digits(page_numbers[page], 2))
    texts, index, seen = "", "", {}
    for text in entries:
        if text not in seen:
            seen[text] = len(texts)
            texts += text
        index += digits(seen[text], 3) + digits(len(text), 1)
    print(f"{len(entries)} entries, {len(pages)} pages, longest {max(entries, key=len)!r}")
    write(HERE / "TransliterationTable.swift", "TransliterationTable",
          "What each code point sounds like in ASCII; every number is in base 64, with `0` as its zero.", [
              ("pageNumbers", "The page of each 256 code points below U+40000: two digits.", "".join(page_of)),
              ("pages", "The pages: the number of each code point's entry, two digits.", "".join(pages)),
              ("entries", "Where each entry's text begins, three digits, and its length, one digit.", index),
              ("texts", "The entries: one character of flags, then the text, where a space ends a word.", texts),
          ])


def entities():
    names = sorted(name[:-1] for name in html.entities.html5 if name.endswith(";"))
    texts, index = "", ""
    for name in names:
        text = name + "".join(f" {ord(c):X}" for c in html.entities.html5[name + ";"])
        index += digits(len(texts), 3) + digits(len(text), 1)
        texts += text
    print(f"{len(names)} entities")
    write(HERE.parent / "Markdown" / "EntityTable.swift", "EntityTable",
          "HTML's named characters; every number is in base 64, with `0` as its zero.", [
              ("entries", "Where each entry begins, three digits, and its length, one digit, in the names' order.", index),
              ("texts", "The entries: the name, then its code points in hexadecimal.", texts),
          ])


transliteration()
entities()
