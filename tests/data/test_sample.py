import gzip
import hashlib
import os
import re
import struct
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas
import pytest
import sampledata

from d2l import data
from d2l.data import DataError
from tests.data.hub_server import block_locks, tree

pytestmark = pytest.mark.usefixtures("no_leftovers")
FILES = [
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
]
PINNED = [
    "7bf0452fda55b29eadb515cb958607af546dc5bd5c0318e479fdd2fb3730d101",
    "457624a982d5526bef64d94412042a9329cea0fec9dc3a406db0066956b97e5a",
    "3d083bd30aafdba2e6670a54b8389c1efff2807b02a73a04d558f4ee2c3a9b63",
    "92a8f8bd29d4a7b67ce7fb82a5fca6cce8c9b1481afec8542773792ba3a5ec40",
]
HUB = {"fashion-mnist": [(f"https://example.org/{name}", "0" * 40) for name in FILES]}
PAGE = Path(__file__).parents[2] / "chapters/linear-networks/image-classification-dataset.md"


@pytest.fixture
def sample(monkeypatch):
    monkeypatch.setenv("D2L_DATA", "sample")
    data.DATA_HUB.update(HUB)


@pytest.fixture
def toy(sample, monkeypatch, closed_url):
    """A twin that is an archive; counts how often it is made."""
    made = []

    def make(folder):
        made.append(folder)
        with zipfile.ZipFile(os.path.join(folder, "toy.zip"), "w") as archive:
            archive.writestr("toy/a.txt", "sample")

    monkeypatch.setitem(sampledata.MAKERS, "toy", "toymodule:make")
    monkeypatch.setitem(sys.modules, "toymodule", type(sys)("toymodule"))
    sys.modules["toymodule"].make = make
    data.DATA_HUB["toy"] = closed_url + "toy.zip", "0" * 40
    return made


@pytest.fixture(scope="module")
def novel(tmp_path_factory):
    """The bytes of the time machine's twin."""
    folder = tmp_path_factory.mktemp("novel")
    sampledata.make("time_machine", folder)
    return (folder / "timemachine.txt").read_bytes()


@pytest.fixture(scope="module")
def lines(novel):
    """Its lines as 8.2 reads them: small letters and blanks."""
    raw = novel.decode("ascii").splitlines()
    return [re.sub("[^A-Za-z]+", " ", line).strip().lower() for line in raw]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twin")
    sampledata.make("fashion-mnist", folder)
    return folder


@pytest.fixture(scope="module")
def arrays(folder):
    """Training images and labels, test images and labels."""

    def read(name):
        with gzip.open(folder / name) as file:
            zero, kind, dimensions = struct.unpack(">HBB", file.read(4))
            shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
            assert (zero, kind) == (0, 8)
            return np.frombuffer(file.read(), np.uint8).reshape(shape)

    return [
        read(f"{part}-{kind}-ubyte.gz")
        for part in ("train", "t10k")
        for kind in ("images-idx3", "labels-idx1")
    ]


def test_the_twin_has_the_real_names_below_sample(sample, cache):
    assert data.download("fashion-mnist") == os.path.join("..", "data", "sample", "fashion-mnist")
    assert sorted(tree(cache)) == [f"sample/fashion-mnist/{name}" for name in FILES]
    registered = re.findall(r"_URL \+ '([^']+)'", PAGE.read_text("utf-8"))
    assert sorted(registered) == FILES


def test_real_and_sample_do_not_mix(server, cache, toy, monkeypatch):
    data.DATA_HUB["toy"] = server.put("toy.zip", b"real")
    assert data.download("toy") == os.path.join("..", "data", "sample", "toy.zip")
    assert server.requests == []
    monkeypatch.setenv("D2L_DATA", "real")
    assert data.download("toy") == os.path.join("..", "data", "toy.zip")
    assert (cache / "toy.zip").read_bytes() == b"real"


def test_the_cache_folder_holds_for_samples_too(toy, tmp_path, monkeypatch):
    monkeypatch.setenv("D2L_DATA_DIR", str(tmp_path / "other"))
    assert data.download("toy") == str(tmp_path / "other/sample/toy.zip")


def test_an_archive_s_twin_is_extracted_like_the_archive(toy, cache):
    folder = data.download_extract("toy", "toy")
    assert folder == os.path.join("..", "data", "sample", "toy")
    assert (cache / "sample/toy/a.txt").read_text() == "sample"


def test_a_twin_is_made_once(toy):
    assert data.download("toy") == data.download("toy")
    assert len(toy) == 1


def test_a_twin_is_used_from_a_cache_that_cannot_be_written(toy, cache):
    data.download("toy")
    block_locks(cache / "sample")
    assert data.download("toy")


def test_a_damaged_twin_is_made_again(toy, cache):
    path = data.download("toy")
    good = (cache / "sample/toy.zip").read_bytes()
    with open(path, "ab") as file:
        file.write(b"damage")
    data.download("toy")
    assert (cache / "sample/toy.zip").read_bytes() == good


def test_a_new_version_of_the_generator_makes_it_again(toy, monkeypatch):
    data.download("toy")
    monkeypatch.setattr(sampledata, "__version__", "999")
    data.download("toy")
    assert len(toy) == 2


def test_a_twin_without_the_file_of_the_hub_is_an_error(toy):
    data.DATA_HUB["toy"] = "other.zip", "0" * 40
    with pytest.raises(DataError, match="has toy.zip, not other.zip"):
        data.download("toy")


def test_processes_at_once_make_one_twin(sample, cache, start):
    code = (
        "from d2l import data\n"
        "import os\n"
        f"data.DATA_HUB.update({HUB!r})\n"
        'folder = data.download("fashion-mnist")\n'
        "print([os.stat(os.path.join(folder, name)).st_ino\n"
        "       for name in sorted(os.listdir(folder))])"
    )
    seen = set()
    for process in [start(code) for _ in range(3)]:
        out, err = process.communicate(timeout=60)
        assert err == ""
        seen.add(out)
    assert len(seen) == 1  # a file made twice would be another inode
    assert seen.pop().count(",") == 3


def test_a_dataset_without_twin_says_so(sample):
    data.DATA_HUB["x"] = "x.zip", "0" * 40
    for name in ("x", "http://127.0.0.1/x.zip"):
        with pytest.raises(DataError, match="no sample twin"):
            data.download(name)
    data.download_all()  # makes the twins there are


def test_an_unknown_name_is_unknown_in_sample_mode_too(sample):
    with pytest.raises(DataError, match="did you mean fashion-mnist"):
        data.download("fashion_mnist")


@pytest.mark.parametrize("mode", ["Sample", "full", "1"])
def test_another_value_of_the_switch_is_an_error(monkeypatch, mode):
    data.DATA_HUB.update(HUB)
    monkeypatch.setenv("D2L_DATA", mode)
    with pytest.raises(DataError, match=f"D2L_DATA is {mode!r}"):
        data.download("fashion-mnist")


def test_without_the_package_the_error_names_it(sample, monkeypatch):
    monkeypatch.setitem(sys.modules, "sampledata", None)
    with pytest.raises(DataError, match="pip install ./tools/sampledata"):
        data.download("fashion-mnist")


def test_names_are_those_that_can_be_made(tmp_path):
    for name in sampledata.names():
        sampledata.make(name, tmp_path)
    with pytest.raises(KeyError):
        sampledata.make("no-such-dataset", tmp_path)


def test_the_twin_is_the_same_bytes_everywhere(folder):
    """Of the files themselves: gzip's stored blocks make them so, too."""
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    assert sums == dict(zip(FILES, PINNED))


def test_the_twin_is_made_in_seconds(tmp_path):
    begin = time.process_time()
    sampledata.make("fashion-mnist", tmp_path)
    assert time.process_time() - begin < 3


def test_the_twin_has_the_layout_of_the_real_files(arrays):
    images, labels, test_images, test_labels = arrays
    assert images.shape == (2000, 28, 28)
    assert test_images.shape == (500, 28, 28)
    assert np.bincount(labels).tolist() == [200] * 10
    assert np.bincount(test_labels).tolist() == [50] * 10
    assert len(set(labels[:30])) > 5  # shuffled


def test_no_test_image_is_a_training_image(arrays):
    images, _, test_images, _ = arrays
    every = np.concatenate([images, test_images]).reshape(2500, -1)
    assert len(np.unique(every, axis=0)) == 2500


def test_softmax_regression_learns_it_but_not_perfectly(arrays):
    images, labels, test_images, test_labels = arrays
    X = images.reshape(-1, 784) / 255
    Y = np.eye(10)[labels]
    W, b = np.zeros((784, 10)), np.zeros(10)
    for _ in range(10):
        for i in range(0, 2000, 256):
            scores = np.exp(X[i : i + 256] @ W + b)
            error = scores / scores.sum(1, keepdims=True) - Y[i : i + 256]
            W -= 0.1 * X[i : i + 256].T @ error / len(error)
            b -= 0.1 * error.mean(0)
    guesses = (test_images.reshape(-1, 784) / 255 @ W + b).argmax(1)
    right = np.array([(guesses == test_labels)[test_labels == label].mean() for label in range(10)])
    assert 0.75 < right.mean() < 0.9
    tops, others = right[[0, 2, 4, 6]], right[[1, 3, 5, 7, 8, 9]]
    assert tops.mean() < others.min()  # shirts are what is hard, as in reality


def test_the_twin_of_the_houses_has_the_real_columns_and_houses_that_can_be(tmp_path):
    tables = {}
    for part in ("train", "test"):
        folder = tmp_path / part
        folder.mkdir()
        sampledata.make(f"kaggle_house_{part}", folder)
        (path,) = folder.iterdir()
        assert path.name == f"kaggle_house_pred_{part}.csv"
        tables[part] = pandas.read_csv(path, keep_default_na=False, na_values="NA")
    train, test = tables["train"], tables["test"]
    assert train.shape == (400, 81) and test.shape == (100, 80)
    assert list(train.columns[:-1]) == list(test.columns)
    assert (train.columns[0], train.columns[-1]) == ("Id", "SalePrice")
    garage = [name for name in train if name.startswith("Garage") and train[name].isna().any()]
    gaps = train[garage].isna()
    assert len(garage) > 3 and (gaps.all(axis=1) == gaps.any(axis=1)).all()
    for table in (train, test):
        assert (table["YrSold"] >= table["YearBuilt"]).all()
        floors = table["1stFlrSF"] + table["2ndFlrSF"] + table["LowQualFinSF"]
        assert (floors == table["GrLivArea"]).all()
        basement = table["BsmtFinSF1"] + table["BsmtFinSF2"] + table["BsmtUnfSF"]
        assert (
            basement.fillna(0) == table["TotalBsmtSF"].fillna(0)
        ).all()  # a gap in the test part
    assert train[["GrLivArea", "OverallQual"]].corrwith(train["SalePrice"]).min() > 0.5


def test_the_twin_of_the_novel_is_the_same_bytes_everywhere(novel):
    assert hashlib.sha1(novel).hexdigest() == "a7428c0342554bcf75d24f1e844b7e95c4645937"


def test_the_twin_of_the_novel_has_the_layout_of_the_real_file(sample, novel, cache):
    data.DATA_HUB["time_machine"] = data.DATA_URL + "timemachine.txt", "0" * 40
    assert data.download("time_machine") == os.path.join("..", "data", "sample", "timemachine.txt")
    assert (cache / "sample/timemachine.txt").read_bytes() == novel
    lines = novel.decode("ascii").split("\n")
    assert 1450 < len(lines) < 1550 and lines.pop() == ""
    assert max(map(len, lines)) <= 72 and all(line == line.strip() for line in lines)
    assert lines[0].isupper() and lines[1] == "" and "" in lines[2:10]
    heads = [line.split(".")[0] for line in lines if line.startswith("CHAPTER")]
    assert len(set(heads)) == 24 and heads[:4] + heads[23:] == [
        f"CHAPTER {numeral}" for numeral in ("I", "II", "III", "IV", "XXIV")
    ]


def test_the_twin_of_the_novel_is_english_on_the_surface(novel):
    text = " ".join(novel.decode("ascii").split())
    assert not re.search("[^A-Za-z0-9 .,;:?!'\"-]", text)  # no brace left, for one
    assert not re.search(r"\b(\w+) \1\b", text)
    wrong = re.findall(r"\b[Aa] (?!one)[aeiouAEIOU]\w*|\b[Aa]n [^aeiouAEIOU]\w*", text)
    assert {article[3:] for article in wrong} <= {"hour", "honest"}
    assert text.count('"') % 2 == 0
    assert all(mark in text for mark in ",;:?!'-") and re.search("[0-9]", text)


def test_words_of_the_novel_s_twin_follow_zipf_s_law(lines):
    counts = Counter(word for line in lines for word in line.split())
    ordered = np.array(sorted(counts.values(), reverse=True))
    assert len(ordered) > 1200 and (ordered == 1).mean() > 0.3
    ranks = np.arange(10, 501)
    slope = np.polyfit(np.log(ranks), np.log(ordered[ranks - 1]), 1)[0]
    assert -1.3 < slope < -0.8
    assert counts["traveller"] > 300 and counts["time"] > 200
    assert " ".join(lines).count("time traveller") > 80


def test_characters_of_the_novel_s_twin_are_all_there_and_can_be_guessed(lines):
    text = "".join(lines)  # the corpus of 8.2
    letters = Counter(text)
    assert len(letters) == 27 and min(letters.values()) >= 30
    assert len(set(text[:10000])) == 27

    def perplexity(n):
        """Of the last tenth under n-grams counted in the rest."""
        cut = len(text) * 9 // 10
        whole = Counter(text[i : i + n] for i in range(cut - n))
        past = Counter(text[i : i + n - 1] for i in range(cut - n))
        grams = [text[i : i + n] for i in range(cut, len(text) - n)]
        chances = [(whole[gram] + 0.1) / (past[gram[:-1]] + 2.7) for gram in grams]
        return np.exp(-np.log(chances).mean())

    assert perplexity(3) < 0.5 * perplexity(1) and perplexity(5) < 0.8 * perplexity(3)
