"""The two editions of a page that trains end within noise of each other."""

import json

import pytest

from tests.book.whole import ROOT

pytestmark = pytest.mark.xdist_group("book")
EDITIONS = ("torch", "mxnet")
TRAINING = [
    f"chapters/{name}.md"
    for name in (
        "linear-networks/linear-regression-scratch", "linear-networks/linear-regression-concise",
        "linear-networks/softmax-regression-scratch", "linear-networks/softmax-regression-concise",
        "multilayer-perceptrons/mlp-scratch", "multilayer-perceptrons/mlp-concise",
        "multilayer-perceptrons/underfit-overfit", "multilayer-perceptrons/weight-decay",
        "multilayer-perceptrons/dropout", "multilayer-perceptrons/numerical-stability-and-init",
        "multilayer-perceptrons/environment", "multilayer-perceptrons/kaggle-house-price",
        "convolutional-neural-networks/why-conv", "convolutional-neural-networks/lenet",
        "convolutional-modern/alexnet", "convolutional-modern/vgg", "convolutional-modern/nin",
        "convolutional-modern/googlenet",
        "convolutional-modern/batch-norm", "convolutional-modern/resnet",
        "convolutional-modern/densenet",
        "recurrent-neural-networks/sequence", "recurrent-neural-networks/rnn",
        "recurrent-neural-networks/rnn-scratch", "recurrent-neural-networks/rnn-concise",
        "recurrent-neural-networks/bptt",
        "recurrent-modern/gru", "recurrent-modern/lstm", "recurrent-modern/deep-rnn",
        "recurrent-modern/bi-rnn", "recurrent-modern/machine-translation-and-dataset",
        "recurrent-modern/encoder-decoder", "recurrent-modern/seq2seq",
    )
]  # fmt: skip


def results(page: str, edition: str) -> dict[str, tuple[float, float]]:
    """What the page's last run says in its hidden cells: `agree: NAME = VALUE +- TOLERANCE`, the
    tolerance being what the editions may differ by; value and tolerance by name."""
    runs = []
    for path in (ROOT / "build" / "store").rglob("*.json"):
        _, _, body = path.read_bytes().partition(b"\n")
        entry = json.loads(body)
        record = entry["record"]
        if (record["page"], record["edition"]) == (page, edition):
            runs.append((path.stat().st_mtime_ns, entry["notebook"]))
    _, notebook = max(runs, key=lambda run: run[0])
    found = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            for line in "".join(output.get("text", "")).splitlines():
                if line.startswith("agree: "):
                    name, _, rest = line.removeprefix("agree: ").partition(" = ")
                    value, tolerance = map(float, rest.split(" +- "))
                    found[name] = value, tolerance
    return found


@pytest.mark.parametrize("page", TRAINING)
def test_a_page_that_trains_comes_to_the_same_end_in_both_editions(book, page):
    torch, mxnet = (results(page, edition) for edition in EDITIONS)
    assert torch.keys() == mxnet.keys() and torch, page
    for name, (value, tolerance) in torch.items():
        other, _ = mxnet[name]
        assert abs(value - other) <= tolerance, (name, value, other)
