"""Pages as XML, as e-books have them (https://www.w3.org/TR/epub-32/#sec-xhtml)."""

import re
from html import unescape
from urllib.parse import quote
from xml.parsers.expat import ExpatError, ParserCreate

from bs4 import BeautifulSoup

NOT_ALLOWED = re.compile(r"<(?:script|style|iframe|link)\b|\s(?:border|align|valign)=")
SVG = "http://www.w3.org/2000/svg"
NO_NAMESPACE = re.compile(r"<svg\b(?![^>]*\sxmlns=)")
DRAWING = re.compile(r"<svg\b.*?</svg>", re.S)
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML has no way to write (https://www.w3.org/TR/xml/#charsets)."""
ADDRESS = re.compile(r'(?<=\bhref=")[^"]*')
NO_ADDRESS = re.compile(r"&lt;|&gt;|[<> \\^`{|}]")
"""What stands in addresses, of DOIs for example, and must not (RFC 3986, section 2)."""
SCRIPTED = ["script", "style", "iframe"]
OLD = ["border", "align", "valign"]
"""Elements and attributes that programs write, and that an e-book may not have in its text."""


def well_formed(page: str) -> str:
    """A page as XML, without what an e-book may not have; as it is where it is that already."""
    page = NO_NAMESPACE.sub(rf'<svg xmlns="{SVG}"', NO_XML.sub("", page))
    page = ADDRESS.sub(lambda found: NO_ADDRESS.sub(_encoded, found[0]), page)
    _, _, body = page.partition("<body")
    if not NOT_ALLOWED.search(body) and _is_xml(page):
        return page
    drawings: list[str] = []  # the parser would write their names in small letters

    def laid_aside(drawing: re.Match) -> str:
        if not _is_xml(drawing[0]):
            return drawing[0]
        drawings.append(drawing[0])
        return f"<!--drawing {len(drawings) - 1}-->"

    soup = BeautifulSoup(DRAWING.sub(laid_aside, page), "html.parser")
    for element in soup.body(SCRIPTED):
        element.decompose()
    for element in soup.body(True):
        for name in OLD:
            element.attrs.pop(name, None)
    text = soup.decode(formatter="minimal")
    return re.sub(r"<!--drawing (\d+)-->", lambda place: drawings[int(place[1])], text)


def _encoded(character: re.Match) -> str:
    return quote(unescape(character[0]))


def _is_xml(text: str) -> bool:
    try:
        ParserCreate().Parse(text, True)
    except ExpatError:
        return False
    return True
