"""MathJax (https://docs.mathjax.org/en/v3.2-latest) in V8, in a process of its own: a line of JSON
comes in, a line of JSON goes out. The first line has the macros; then come lists of formulas, each
TeX, whether it is displayed, and TeX with definitions that come before it, or null for the style
sheet.

V8 bears no fork, and Sphinx forks; so it is kept out of Sphinx's processes.
"""

import json
import os
import sys
import traceback
from importlib import resources
from pathlib import Path

FONTS = "output/chtml/fonts/woff-v2"
COMPONENTS = (
    "loader", "core", "adaptors/liteDOM", "input/tex-full", "output/chtml",
    "output/chtml/fonts/tex", "a11y/assistive-mml",
)  # fmt: skip
PACKAGES = [
    "base", "ams", "newcommand", "configmacros", "action", "amscd", "bbox", "boldsymbol", "braket",
    "bussproofs", "cancel", "cases", "centernot", "color", "empheq", "enclose", "extpfeil",
    "gensymb", "html", "mathtools", "mhchem", "textcomp", "unicode", "upgreek", "verb",
]  # fmt: skip
"""What MathJax has or loads in a browser by itself when a formula asks for it."""
DEFINES = r"\\(def|let|gdef|(re|provide)?newcommand|(re)?newenvironment|DeclareMathOperator)\b"
"""In a formula that later ones on its page may need."""
TYPESETTER = r"""
globalThis.start = (macros, packages, fonts) => {
  const {mathjax} = MathJax._.mathjax, {TeX} = MathJax._.input.tex_ts;
  const {CHTML} = MathJax._.output.chtml_ts, {TeXFont} = MathJax._.output.chtml.fonts.tex_ts;
  const adaptor = MathJax._.adaptors.liteAdaptor.liteAdaptor();
  MathJax._.a11y["assistive-mml"].AssistiveMmlHandler(
    MathJax._.handlers.html_ts.RegisterHTMLHandler(adaptor));
  const output = new CHTML({adaptiveCSS: false, font: new TeXFont({fontURL: fonts})});
  const formatError = (input, error) => { throw error; };
  // what a formula defines or labels is not known to the next one, unless it is told
  const page = () => mathjax.document("", {
    InputJax: new TeX({macros, packages, formatError}), OutputJax: output});
  globalThis.styles = () => adaptor.textContent(output.styleSheet(page()));
  const shared = page();
  globalThis.typeset = formulas => JSON.stringify(formulas.map(([tex, display, before = []]) => {
    try {
      const alone = before.length || /OWN/.test(tex);
      const own = alone ? page() : shared;
      for (const definition of before) own.convert(definition, {display: true});
      return [adaptor.outerHTML(own.convert(tex, {display})), ""];
    } catch (error) { return ["", String(error.message || error)]; }
  }));
  return true;
};
""".replace("OWN", rf"{DEFINES}|\\label\b")


def folder() -> Path:
    """Where the package has MathJax's files."""
    return Path(str(resources.files("sphinx-mathjax-offline"))) / "static" / "mathjax"


def answer() -> None:
    """Answer until nobody asks any more."""
    from py_mini_racer import MiniRacer

    engine = MiniRacer()
    engine.eval("globalThis.window = globalThis; var MathJax = {loader: {load: []}, startup: {}};")
    for name in COMPONENTS:
        engine.eval((folder() / f"{name}.js").read_text("utf-8"))
    engine.eval(TYPESETTER)
    engine.call("start", json.loads(sys.stdin.readline()), PACKAGES, FONTS)
    for line in sys.stdin:
        asked = json.loads(line)
        print(
            json.dumps(engine.call("styles")) if asked is None else engine.call("typeset", asked),
            flush=True,
        )


if __name__ == "__main__":
    try:
        answer()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)  # V8's threads would keep the process
