#!/usr/bin/env python3
"""Brings the front end's parts from npm into the repository, cut down to what is used.

    scripts/vendor_assets.py           fetch and write everything, then VENDORED.json
    scripts/vendor_assets.py --css     only the style sheet again (after templates began to use more of it)
    scripts/vendor_assets.py --icons   only the sprite again (after a name was added to the configuration)
    scripts/vendor_assets.py --check   do the committed files still match VENDORED.json? (no network)

What to take stands in vendor_assets.json. Needs npm, and fonttools with brotli (in requirements/dev.txt).
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = json.loads((ROOT / "scripts/vendor_assets.json").read_text())
VENDOR = ROOT / "src/kemai/kit/static/vendor"
MANIFEST = VENDOR / "VENDORED.json"

# The base rules (reboot) of every element are kept, whichever elements the templates use today.
ELEMENTS = (
    "html body a abbr address article aside b blockquote button caption code col colgroup dd details dialog div dl dt "
    "em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr i iframe img input kbd label legend li main "
    "mark nav ol optgroup option output p pre progress s samp section select small span strong sub summary sup svg "
    "table tbody td textarea tfoot th thead time tr u ul video"
)
INPUT_TYPES = (
    "button checkbox color date datetime-local email file number password radio range reset search submit tel text "
    "time url"
)
PURGE_SCRIPT = """
import { PurgeCSS } from 'purgecss'
import { readFileSync, writeFileSync } from 'node:fs'
const { css, keep, elements, types, files, out } = JSON.parse(readFileSync('purge.json'))
const html = elements.split(' ').map(name => `<${name}></${name}>`).join('')
const attributes = 'disabled readonly required multiple size="2"'
const inputs = types.split(' ').map(type => `<input type="${type}" ${attributes}>`).join('')
const [result] = await new PurgeCSS().purge({
  css: [css],
  content: [...files, { raw: html + inputs, extension: 'html' }],
  safelist: [...keep.map(pattern => new RegExp(pattern)), 'data-bs-theme'],
  keyframes: true,
  fontFace: true,
})
writeFileSync(out, result.css)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--css", action="store_true", help="only the style sheet")
    parser.add_argument("--icons", action="store_true", help="only the sprite")
    parser.add_argument("--check", action="store_true", help="compare the files with VENDORED.json")
    args = parser.parse_args()
    if args.check:
        return check()
    with tempfile.TemporaryDirectory() as temporary:
        fetch = Fetcher(Path(temporary))
        everything = not (args.css or args.icons)
        if args.css or everything:
            write_css(fetch, Path(temporary))
        if args.icons or everything:
            write_sprite(fetch)
        if everything:
            write_copies(fetch)
            write_fonts(fetch)
            write_licences(fetch)
        write_manifest(fetch)
    return 0


class Fetcher:
    """Unpacks a package of npm at the version that the configuration names, once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sha256: dict[str, str] = {}

    def __call__(self, name: str) -> Path:
        target = self.folder / name.replace("/", "-").strip("@")
        if not target.exists():
            version = CONFIG["packages"][name]["version"]
            packed = _run("npm", "pack", "--silent", f"{name}@{version}", cwd=self.folder).split()[-1]
            self.sha256[name] = _sha256(self.folder / packed)
            known = _read_manifest().get("packages", {}).get(name, {})
            if known.get("version") == version and known.get("sha256") not in (None, self.sha256[name]):
                raise SystemExit(f"{name} {version} is not the package that was vendored before: its checksum differs.")
            with tarfile.open(self.folder / packed) as archive:
                archive.extractall(target, filter="data")
        return target / "package"


def write_css(fetch: Fetcher, temporary: Path) -> None:
    css = CONFIG["css"]
    source = (fetch(css["package"]) / css["from"]).read_text()
    (temporary / "full.css").write_text(_without_source_map(source))
    content = [str(path) for pattern in css["content"] for path in ROOT.glob(pattern) if VENDOR not in path.parents]
    job = {"css": "full.css", "keep": css["keep"], "files": sorted(content), "out": "small.css"}
    job |= {"elements": ELEMENTS, "types": INPUT_TYPES}
    (temporary / "purge.json").write_text(json.dumps(job))
    (temporary / "purge.mjs").write_text(PURGE_SCRIPT)
    _run("npm", "install", "--silent", "--no-save", f"purgecss@{CONFIG['purgecss']}", cwd=temporary)
    _run("node", "purge.mjs", cwd=temporary)
    _write(css["to"], (temporary / "small.css").read_text())


def write_copies(fetch: Fetcher) -> None:
    for copy in CONFIG["copies"]:
        _write(copy["to"], _without_source_map((fetch(copy["package"]) / copy["from"]).read_text()))


def write_sprite(fetch: Fetcher) -> None:
    sprite = CONFIG["sprite"]
    folder = fetch(sprite["package"]) / sprite["from"]
    symbols = []
    for name in sorted(sprite["icons"]):
        body = re.search(r"<svg[^>]*>(.*)</svg>", (folder / f"{name}.svg").read_text(), re.DOTALL)
        lines = [line.strip() for line in body[1].strip().splitlines()]
        shapes = [line for line in lines if 'stroke="none" d="M0 0h24v24H0z"' not in line]
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{"".join(shapes)}</symbol>')
    _write(sprite["to"], '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n")


def write_fonts(fetch: Fetcher) -> None:
    from fontTools import subset  # slow to load and not needed for --check
    from fontTools.ttLib.woff2 import WOFF2FlavorData

    options = subset.Options(flavor="woff2", hinting=False, notdef_outline=True)
    for font in CONFIG["fonts"]:
        loaded = subset.load_font(str(fetch(font["package"]) / font["from"]), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=gbk())
        subsetter.subset(loaded)
        # Untransformed glyphs make the file a sixth larger, and a plain font again in 0.3 s instead of 30: the tests in
        # the browser need that.
        loaded.flavorData = WOFF2FlavorData(transformedTables=())
        target = ROOT / font["to"]
        target.parent.mkdir(parents=True, exist_ok=True)
        subset.save_font(loaded, str(target), options)


def gbk() -> set[int]:
    """The characters of GBK (21,003 ideographs, and signs), and the Latin and punctuation that text is mixed with."""
    characters = {0x20AC, 0x2212}
    for first, last in ((0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x203F), (0x2190, 0x2199)):
        characters.update(range(first, last + 1))
    for high in range(0x81, 0xFF):
        for low in range(0x40, 0xFF):
            try:
                characters.add(ord(bytes([high, low]).decode("gbk")))
            except (UnicodeDecodeError, TypeError):
                continue
    return characters


def write_licences(fetch: Fetcher) -> None:
    folders = {"axe-core": ROOT / "tests/browser/vendor"}
    for name, package in CONFIG["packages"].items():
        folder = folders.get(name, VENDOR) / "licences"
        if "licence_file" in package:
            text = (fetch(name) / package["licence_file"]).read_text()
        else:  # Tabler's package carries no licence text, only a line in its style sheet: its sister's text is the same
            mit = (fetch("@tabler/icons") / CONFIG["packages"]["@tabler/icons"]["licence_file"]).read_text()
            text = re.sub(r"^Copyright .*$", "\n".join(package["copyright"]), mit, count=1, flags=re.MULTILINE)
        _write(folder / f"{name.strip('@').replace('/', '-')}.txt", text)


def write_manifest(fetch: Fetcher) -> None:
    known = _read_manifest().get("packages", {})
    packages = {
        name: {
            "version": package["version"],
            "licence": package["licence"],
            "sha256": fetch.sha256.get(name) or known.get(name, {}).get("sha256"),
        }
        for name, package in CONFIG["packages"].items()
    }
    files = {target: _sha256(ROOT / target) for target in _targets()}
    MANIFEST.write_text(json.dumps({"packages": packages, "files": files}, indent=2, ensure_ascii=False) + "\n")


def check() -> int:
    wrong = [
        target
        for target, digest in _read_manifest()["files"].items()
        if not (ROOT / target).exists() or _sha256(ROOT / target) != digest
    ]
    for target in wrong:
        print(f"{target} is not the file that was vendored: run scripts/vendor_assets.py", file=sys.stderr)
    return 1 if wrong else 0


def _targets() -> list[str]:
    single = [CONFIG["css"]["to"], CONFIG["sprite"]["to"]]
    return sorted([*single, *(entry["to"] for entry in CONFIG["copies"] + CONFIG["fonts"])])


def _read_manifest() -> dict:
    return json.loads(MANIFEST.read_text()) if MANIFEST.exists() else {}


def _without_source_map(text: str) -> str:
    return re.sub(r"\s*(/\*|//)# sourceMappingURL=\S+( ?\*/)?\s*$", "\n", text)


def _write(target: str | Path, text: str) -> None:
    path = ROOT / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _run(*command: str, cwd: Path) -> str:
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
