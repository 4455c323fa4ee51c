"""Message bodies that compress like real ones: HTML, JavaScript, CSS, JSON and images.

Strategy: a body is a random run of lines, each a template whose word and number slots are filled from a
skewed (Zipf-like) vocabulary. Lines, words and numbers are drawn and filled in bulk, so that a body costs C
loops, not Python ones.

Rules:
- Everything comes from the one `Random` handed in: same seed, same bodies.
- In a template `%s` is a word, `%%d` a number (filled second) and `%%%%` a percent sign.
- The share of stock lines, filled once and repeated as sites repeat their markup, and the vocabulary's size
  set how well a kind compresses. They are tuned to what `zstd -1` makes of the bodies in real files: JSON
  3.8:1, HTML 4.0:1, JavaScript 3.5:1, CSS 7.7:1.
"""

import re
from base64 import b64encode
from itertools import accumulate
from random import Random

_SYLLABLES = re.findall(
    r"\w+",
    "ba co de fi ga hu in jo ka lo mi na or pe qui ra sa ti un ve wa xe yo za al er is "
    "tra ble ment ing con pro sta ter com per sion ly est ure",
)
_FOREIGN = [
    "café",
    "naïve",
    "Straße",
    "niño",
    "søk",
    "Łódź",
    "日本語",
    "привет",
    "–",
    "…",
    "€",
    "“ja”",
    "🚀",
    "l’été",
]
_SHORT = [*"etnrioascu", "this", "null", "void 0", "!0", "!1", "return"]

_HTML = (
    '<div class="%s-%s">\n',
    "</div>\n",
    "  <p>%s %s %s %s, %s %s %s %s %s %s. %s %s %s %s!</p>\n",
    '    <a class="%s %s" href="/%s/%s?id=%%d&amp;ref=%s">%s %s</a>\n',
    "  <h2>%s %s %s</h2>\n",
    '\t<img src="https://cdn.%s.example/%s/%%d.jpg" alt="%s %s" width="%%d" height="%%d">\n',
    "    <li data-id='%%d'><span>%s</span> %s %s %s</li>\n",
    "<!-- %s %s -->\n",
    '  <script>window.%s = {"%s": %%d, "%s": [%%d, "%s"]};</script>\r\n',
)
_JS = (
    'function %s(%s,%s){return %s.%s(%s,"%s")}',
    "var %s=%s(%%d),%s=%s.%s;",
    "if(%s.%s&&!%s){%s.%s=%s.%s||{};}",
    "%s.prototype.%s=function(%s){for(var %s=0;%s<%s.length;%s++)%s.%s(%s[%s])},",
    'case %%d:throw new Error("%s %s: "+%s);',
    "!function(%s){%s.%s=/^\\s*%s[\"'\\d]+$/.test(%s.%s)}(%s);",
    "    // %s %s %s %s\n",
    "    const { %s, %s } = await %s(`/%s/${%s}?v=%%d`);\n",
    "t.exports=%s(%%d)},",
)
_CSS = (
    ".%s .%s{margin:0 auto;padding:%%dpx;color:#%%d}",
    ".%s:hover{background-color:rgba(0,0,0,.%%d);display:block}",
    "@media (max-width:%%dpx){.%s-%s{width:%%d%%%%;float:left}}",
    '.%s:before{content:"\\e%%d";font-family:"%s %s"}',
    ".%s>.%s,.%s-%s{display:-webkit-box;display:-ms-flexbox;display:flex}\n",
    "/*! %s %s v%%d */\n",
    ".%s-%s{-webkit-transition:opacity .%%ds ease;transition:opacity .%%ds ease;border-radius:%%dpx}\n",
    '.%s{background:url("/static/%s/%s.%%d.svg") no-repeat 50%%%% 50%%%%}\n',
)
_FIELDS = (
    '"id":%%d',
    '"name":"%s %s"',
    '"slug":"%s-%s-%%d"',
    '"title":"%s %s %s %s"',
    '"count":%%d',
    '"active":true',
    '"price":{"amount":%%d,"currency":"EUR"}',
    '"tags":["%s","%s"]',
    '"parentId":null',
    '"updatedAt":17%%d',
    '"score":0.%%d',
    '"url":"https:\\/\\/api.example.com\\/%s\\/%%d"',
    '"description":"%s %s %s %s %s %s \\"%s\\" %s.\\n%s %s"',
    '"meta":{}',
)
_LINE = {
    "html": 63,
    "js": 58,
    "css": 68,
}  # mean length of a filled line, to turn a size into a number of lines
_MAGIC = {
    "image/png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    "image/webp": b"RIFF",
}


def _skewed(count: int, power: float) -> list[float]:
    """Return cumulative Zipf weights, ready for `Random.choices`."""
    return list(accumulate((rank + 1) ** -power for rank in range(count)))


class Bodies:
    """Make bodies of a wanted size in characters; one instance per generated file."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._prose = self._vocabulary(4000) + _FOREIGN
        rng.shuffle(self._prose)
        self._prose_weights = _skewed(len(self._prose), 0.8)
        self._code = _SHORT + self._vocabulary(2500)
        self._code_weights = _skewed(len(self._code), 0.95)
        self._numbers = [int(10 ** rng.uniform(0, 6)) for _ in range(20_000)]
        self._lines = {
            "html": self._stocked(_HTML, code=False, stock=400, share=0.4),
            "js": self._stocked(_JS, code=True, stock=600, share=0.4),
            "css": self._stocked(_CSS, code=True, stock=300, share=0.62),
        }
        self._schemas = [rng.sample(_FIELDS, rng.randint(3, 9)) for _ in range(60)]

    def _vocabulary(self, count: int) -> list[str]:
        return ["".join(self._rng.choices(_SYLLABLES, k=self._rng.randint(1, 4))) for _ in range(count)]

    def _stocked(self, templates: tuple[str, ...], *, code: bool, stock: int, share: float) -> list[str]:
        """Return templates and finished lines, in numbers that make `share` of the draws a finished line."""
        done = [self._fill(self._rng.choice(templates), code=code).replace("%", "%%%%") for _ in range(stock)]
        return done + list(templates) * round(stock * (1 - share) / share / len(templates))

    def _fill(self, template: str, *, code: bool) -> str:
        words, weights = (self._code, self._code_weights) if code else (self._prose, self._prose_weights)
        drawn = self._rng.choices(words, cum_weights=weights, k=template.count("%s"))
        half = template % tuple(drawn)
        return half % tuple(self._rng.choices(self._numbers, k=half.count("%d")))

    def text(self, kind: str, size: int) -> str:
        """Return about `size` characters of "html", "js" or "css"."""
        lines = self._lines[kind]
        run = "".join(self._rng.choices(lines, k=max(1, size // _LINE[kind])))
        return self._fill(run, code=kind != "html")

    def json(self, size: int) -> str:
        """Return a JSON document of about `size` characters: records of one of sixty schemas."""
        record = "{" + ",".join(self._rng.choice(self._schemas)) + "}"
        records = ",".join([record] * max(1, size // (len(record) + 3 * record.count("%"))))
        return self._fill('{"status":"ok","total":%%d,"items":[' + records + "]}", code=False)

    def image(self, size: int) -> tuple[str, str]:
        """Return a MIME type and about `size` characters of base64 that starts as such an image does."""
        mime = self._rng.choice(list(_MAGIC))
        return mime, self.base64(size, _MAGIC[mime])

    def base64(self, size: int, magic: bytes = b"") -> str:
        """Return `size` characters of base64, rounded down to fours: `magic`, then noise."""
        noise = self._rng.randbytes(max(0, size // 4 * 3 - len(magic)))
        return b64encode(magic + noise).decode("ascii")
