"""Which files a run depends on: those that its front matter declares, and those that its code
names and does not write itself."""

# ruff: noqa: E501  a page and what it reads stand on one line each, as in a table

import os
import subprocess

import pytest
from imprint.errors import BookError

from tests.imprint.conftest import write
from tests.imprint.test_definitions import LIB, USE, inputs

FILES = {
    "_config.yml": "title: T\n", ".gitignore": "cache/\n", "data/a.csv": "1", "data/b.csv": "2",
    "data/deep/c.csv": "3", "chap/img/cat.jpg": "cat", "chap/notes.txt": "words",
    "chap/cache/big.bin": "bytes", "build/html/index.html": "<p>", "lib/__init__.py": "",
}  # fmt: skip


def read(root, *cells: str, **options) -> set[str]:
    """The files whose change makes a page in ``chap/`` stale."""
    before = inputs(root, *cells, page="chap/page.md", **options)
    stale = set()
    for name, text in FILES.items():
        if name not in ("_config.yml", ".gitignore", "lib/__init__.py"):
            write(root, {name: text + " edited"})
            if inputs(root, *cells, page="chap/page.md", **options) != before:
                stale.add(name)
            write(root, {name: text})
    return stale


ALL_DATA = {"data/a.csv", "data/b.csv", "data/deep/c.csv"}


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("open('notes.txt').read()", {"chap/notes.txt"}),
        ("open('../data/a.csv')", {"data/a.csv"}),
        ("import os\nopen(os.path.join('..', 'data', 'a.csv'))", {"data/a.csv"}),
        ("from pathlib import Path\n(Path('..') / 'data' / 'a.csv').read_text()", {"data/a.csv"}),
        ("from pathlib import Path\nPath('..', 'data').joinpath('a.csv').open()", {"data/a.csv"}),
        ("from pathlib import Path\n(Path() / '../data/a.csv').open()", {"data/a.csv"}),
        ("folder = '../data'\nopen(folder + '/a.csv')", {"data/a.csv"}),
        ("folder = '../data'\nopen(f'{folder}/a.csv')", {"data/a.csv"}),
        ("for name in ['a', 'b']:\n    open(f'../data/{name}.csv')", {"data/a.csv", "data/b.csv"}),
        ("def load(name='../data/a.csv'): return open(name)\nload()", {"data/a.csv"}),
        ("import pandas as pd\npd.read_csv('../data/b.csv')", {"data/b.csv"}),
        ("import os\nopen(os.path.join(os.pardir, 'data', 'a.csv'))", {"data/a.csv"}),
        ("from pathlib import Path as P\nP('..', 'data', 'a.csv').read_text()", {"data/a.csv"}),
        ("from pathlib import Path\n(Path.cwd().parents[0] / 'data' / 'a.csv').open()", {"data/a.csv"}),
        ("from pathlib import Path\np = Path()\n(p / '..' / 'data' / 'a.csv').open()", {"data/a.csv"}),
        ("from pathlib import Path\nPath('../data/none.csv').with_name('a.csv').open()", {"data/a.csv"}),
        ("p = '../data/a.csv'\nopen(p).read()\nresult.p.write_text('x')", {"data/a.csv"}),
        ("cfg.p = '../data/a.csv'\nopen(cfg.p).read()\nnp.save(out.p, 1)", {"data/a.csv"}),
        ("import zipfile\nzipfile.ZipFile('../data/a.csv').extractall('out')", {"data/a.csv"}),
        ("f = Image.open('../data/a.csv')\nf.save('out.png')", {"data/a.csv"}),
        ("F.to_tensor(Image.open('../data/a.csv'))", {"data/a.csv"}),
        ("extract_features('../data/a.csv')", {"data/a.csv"}),
        ("open('../data/a.csv', encoding='ascii')", {"data/a.csv"}),
        ("open('../data/a.csv', 'r+')", {"data/a.csv"}),
        ("open('../data/a.csv', mode='wb')", set()),
        ("import tarfile\ntarfile.open('../data/a.csv', 'w:gz')", set()),
        ("x = '../data/a.csv'\nb''.join([x])", {"data/a.csv"}),
        ("from pathlib import Path\nPath('../data/a.txt').with_suffix('.csv').open()", {"data/a.csv"}),
        ("from pathlib import Path\nlist(Path('..').rglob('*.csv'))", ALL_DATA),
        ("open('/'.join(['..', 'data', 'a.csv']))", {"data/a.csv"}),
        ("folder = '..'\nfolder += '/data'\nopen(folder + '/a.csv')", {"data/a.csv"}),
        ("class C:\n    root = '../data/'\n    def f(self): open(self.root + 'a.csv')", {"data/a.csv"}),
        ("class C:\n    def __init__(self): self.root = '../data'\n    def f(self): open(f'{self.root}/a.csv')", {"data/a.csv"}),
        ("import os\nos.chdir('..')\nopen('data/a.csv')", {"data/a.csv"}),
        ("%cd ..\nopen('data/a.csv')", {"data/a.csv"}),
        ("import subprocess\nsubprocess.run('cat ../data/a.csv', shell=True)", {"data/a.csv"}),
        ("import shutil\nshutil.copytree('../data', 'here')\nopen('here/a.csv')", ALL_DATA),
        ("import os\nopen(os.path.join('..', 'data', input()))", ALL_DATA),
        ("open('../data/' + input() + '.csv')", ALL_DATA), ("open('../data/%s.csv' % input())", ALL_DATA),
        ("import os\nos.listdir('../data')", ALL_DATA),
        ("import glob\nfor f in glob.glob('../data/*.csv'): open(f)", {"data/a.csv", "data/b.csv"}),
        ("from pathlib import Path\nlist(Path('../data').glob('*'))", ALL_DATA),
        ("open(f'../data/{input()}.csv')", ALL_DATA),
        ("import os\nopen(os.path.join('../data', input()))", ALL_DATA),
        ("!cat ../data/a.csv", {"data/a.csv"}),
        ("%load notes.txt", {"chap/notes.txt"}),
        ("print('cat')", set()), ("x = {'data': 1, 'img': 2}", set()), ("open('missing.txt')", set()),
        ("open('/etc/hostname')", set()), ("open('../../outside')", set()),
        ("open('notes.txt', 'w').write('x')", set()), ("open('notes.txt', mode='a')", set()),
        ("import torch\ntorch.save(1, 'notes.txt')\ntorch.load('notes.txt')", set()),
        ("name = 'notes.txt'\nnet.save_parameters(name)\nnet.load_parameters(name)", set()),
        ("from pathlib import Path\np = Path('notes.txt')\np.write_text('x')\np.read_text()", set()),
        ("plt.savefig('img/cat.jpg')\nopen('img/cat.jpg')", set()),
        ("import os\nos.makedirs('img', exist_ok=True)\nopen('img/cat.jpg')", set()),
        ("%%writefile notes.txt\nnew", set()), ("!echo 1 > notes.txt", set()),
        ("df.to_csv('notes.txt')\nopen('../data/a.csv')", {"data/a.csv"}),
        ("import shutil\nshutil.copy('../data/a.csv', 'notes.txt')\nopen('notes.txt')", {"data/a.csv"}),
        ("import os\nos.listdir('img')\nopen('img/cat.jpg', 'wb')", set()),
        ("open('../build/html/index.html')", set()),
    ],
)  # fmt: skip
def test_a_page_reads_the_files_that_it_names_and_does_not_write(tmp_path, code, files):
    assert read(write(tmp_path, FILES), code) == files


def test_files_that_git_ignores_are_results_unless_they_are_declared(tmp_path):
    root = write(tmp_path, FILES)
    code = "open('cache/big.bin'), open('notes.txt')"
    assert read(root, code) == {"chap/cache/big.bin", "chap/notes.txt"}
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    assert read(root, code) == {"chap/notes.txt"}
    assert read(root, code, files=["cache/*"]) == {"chap/cache/big.bin", "chap/notes.txt"}


def test_files_are_declared_by_globs_relative_to_the_page(tmp_path):
    root = write(tmp_path, FILES)
    assert read(root, "1", files=["../data/**/*.csv", "notes.txt"]) == ALL_DATA | {"chap/notes.txt"}
    assert read(root, "1", kernel="ir", files=["img/*"]) == {"chap/img/cat.jpg"}
    with pytest.raises(BookError, match=r"chap/page.md: imprint.files: no file matches 'imgs/\*'"):
        inputs(root, "1", page="chap/page.md", files=["imgs/*"])


def test_a_new_file_in_a_folder_that_is_listed_and_one_that_comes_to_be_count(tmp_path):
    root = write(tmp_path, FILES)
    for code in ("import os\nos.listdir('../data')", "open('../data/new.csv')"):
        before = inputs(root, code, page="chap/page.md")
        write(root, {"data/new.csv": ""})
        assert inputs(root, code, page="chap/page.md") != before
        os.unlink(root / "data/new.csv")
        assert inputs(root, code, page="chap/page.md") == before


def test_definitions_read_files_relative_to_the_page_or_to_their_module(tmp_path):
    library = (
        "import os\nNAME = 'notes.txt'\nCACHE = os.path.join('..', 'data')\n"
        "def words(): return open(NAME)\ndef fetch(folder=CACHE): return use(folder)\n"
        "def rows(): return open(os.path.join(os.path.dirname(__file__), '..', 'data', 'b.csv'))\n"
        "def named(n): return open(os.path.join('..', 'data', n))\n"
        "def every(): return os.listdir(CACHE)\ndef unused(): return open('img/cat.jpg')\n"
    )
    root = write(tmp_path, FILES | {"lib/alpha.py": LIB + library})
    assert read(root, USE + "d2l.words()") == {"chap/notes.txt"}
    assert read(root, USE + "d2l.rows()") == {"data/b.csv"}
    assert read(root, USE + "d2l.every()") == ALL_DATA
    assert read(root, USE + "d2l.named('b.csv')") == ALL_DATA
    assert read(root, USE + "d2l.fetch()") == set()
    assert read(root, USE + "d2l.NAME") == {"chap/notes.txt"}
    assert read(root, USE + "x = d2l") >= {"chap/notes.txt", "data/b.csv", "chap/img/cat.jpg"}
