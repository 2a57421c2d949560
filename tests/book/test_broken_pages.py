"""Pages that train notice when their code is wrong: broken in a copy of the book, in ways in which
people break such code, each fails in one of its own hidden checks."""

import functools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from imprint.book import load
from imprint.pages import read

from tests.book.whole import ROOT

BREAKS = [
    # page, edition, what is wrong, the page's text, and what stands there instead
    ("linear-regression", "torch", "a gradient without its mean",
     "/ len(y)", "/ 1"),
    ("linear-regression", "mxnet", "a step uphill",
     "theta - lr * gradient", "theta + lr * gradient"),
    ("linear-regression-scratch", "torch", "gradients that pile up",
     "            param.grad.zero_()\n", ""),
    ("linear-regression-scratch", "mxnet", "a step that is not divided by the batch size",
     "param - lr / batch_size * param.grad", "param - lr * param.grad"),
    ("linear-regression-concise", "torch", "gradients that pile up",
     "            trainer.zero_grad()\n", ""),
    ("linear-regression-concise", "mxnet", "a step for one example instead of the minibatch",
     "trainer.step(len(X))", "trainer.step(1)"),
    ("softmax-regression", "torch", "a softmax over the examples",
     "d2l.reduce_sum(E, axis=-1, keepdims=True)", "d2l.reduce_sum(E, axis=0, keepdims=True)"),
    ("softmax-regression", "mxnet", "a gradient with the wrong sign",
     "softmax(d2l.matmul(X, W) + b) - Y", "Y - softmax(d2l.matmul(X, W) + b)"),
    ("softmax-regression-scratch", "torch", "the last minibatch weighs as much as the others",
     "losses.detach().mean() * len(y)", "losses.detach().mean() * 256"),
    ("softmax-regression-scratch", "mxnet", "the probability of all the other classes",
     "-d2l.log(y_hat[rows, y])", "-d2l.log(1 - y_hat[rows, y])"),
    ("softmax-regression-concise", "torch", "the maximum is not subtracted",
     "plain_softmax(o - o.max())", "plain_softmax(o)"),
    ("softmax-regression-concise", "mxnet", "a network that is hardly trained",
     "trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': lr})",
     "trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': lr / 1000})"),
    ("model-construction", "torch", "a step without its half",
     "H, torch.tanh(X + self.inner(H) / 2)", "H, torch.tanh(X + self.inner(H))"),
    ("parameters", "torch", "gradients that pile up",
     "    net.zero_grad()\n    l = loss(net(X), y)", "    l = loss(net(X), y)"),
    ("parameters", "mxnet", "half a step",
     "trainer.step(1)", "trainer.step(2)"),
    ("deferred-init", "mxnet", "weights that all begin at zero",
     "super()._init_weight(name, data)", "data[:] = 0"),
    ("custom-layer", "torch", "a comparison that leaves out the parameters",
     "tensors = [X, *layer.parameters()]", "tensors = [X]"),
    ("read-write", "torch", "a checkpoint without the optimizer's state",
     "    trainer.load_state_dict(checkpoint['trainer'])\n", ""),
    ("read-write", "mxnet", "a file that is written where it is read",
     "    write(unfinished)\n    os.replace(unfinished, path)", "    write(path)"),
    ("use-gpu", "torch", "an error whose signs cancel",
     "((net(X) - y) ** 2).mean()", "(net(X) - y).mean()"),
    ("use-gpu", "mxnet", "a clock that does not wait",
     "    npx.waitall()", "    pass"),
    ("mlp", "mxnet", "another function under the name of GELU",
     "act_type='gelu'", "act_type='elu'"),
    ("mlp-scratch", "torch", "a hidden layer that is not trained",
     "d2l.Updater([W1, b1, W2, b2], lr)", "d2l.Updater([W2, b2], lr)"),
    ("mlp-concise", "mxnet", "a program that takes steps of another size",
     "d2l.Updater(params, lr)", "d2l.Updater(params, 2 * lr)"),
    ("underfit-overfit", "torch", "gradients that pile up",
     "        trainer.zero_grad()\n        d2l.squared_loss(net(X), y).mean().backward()",
     "        d2l.squared_loss(net(X), y).mean().backward()"),
    ("underfit-overfit", "mxnet", "folds that are trained on",
     "        w = fit(features(x[rest], degree), y[rest])",
     "        w = fit(features(x, degree), y)"),
    ("weight-decay", "torch", "a decayed bias",
     "        {'params': [net.bias]}], lr=lr)",
     "        {'params': [net.bias], 'weight_decay': wd}], lr=lr)"),
    ("weight-decay", "mxnet", "a penalty for the bias",
     "objective = loss + lambd * l2_penalty(w)",
     "objective = loss + lambd * (l2_penalty(w) + l2_penalty(b))"),
    ("dropout", "torch", "a hidden layer whose dropout is forgotten",
     "H2 = dropout_layer(relu(d2l.matmul(H1, W2) + b2), rates[2])",
     "H2 = relu(d2l.matmul(H1, W2) + b2)"),
    ("dropout", "mxnet", "dropout that is never switched off",
     "rates = self.rates if autograd.is_training() else (0, 0, 0)", "rates = self.rates"),
    ("backprop", "torch", "a mean of the minibatches divided by the number of examples",
     "totals.add(J.item() * len(y), len(y))", "totals.add(J.item(), len(y))"),
    ("backprop", "mxnet", "training without the penalty's gradient",
     "        grads = backward(X, Y, params, lambd, H, O)",
     "        grads = backward(X, Y, params, 0, H, O)"),
    ("numerical-stability-and-init", "torch", "weights scaled by the outputs",
     "nn.init.kaiming_normal_(weight, nonlinearity='relu')",
     "nn.init.kaiming_normal_(weight, mode='fan_out')"),
    ("numerical-stability-and-init", "mxnet", "weights of three times the variance",
     "init.Xavier(rnd_type='gaussian', magnitude=1)",
     "init.Xavier(rnd_type='gaussian', magnitude=3)"),
    ("environment", "torch", "examples that all weigh the same",
     "error = beta * (sigmoid", "error = (sigmoid"),
    ("environment", "mxnet", "shares from a matrix that was not transposed",
     "solve(d2l.transpose(C), d2l.tensor(reported))", "solve(C, d2l.tensor(reported))"),
    ("kaggle-house-price", "torch", "gradients that pile up",
     "            trainer.zero_grad()\n", ""),
    ("kaggle-house-price", "mxnet", "validation on what was trained on",
     "predict, _ = fit(others, make_net, wd)", "predict, _ = fit(train_data, make_net, wd)"),
    ("why-conv", "torch", "moves to the left that go to the right",
     "return d2l.concat([X[..., -s:], blank], axis=-1)",
     "return d2l.concat([blank, X[..., :s]], axis=-1)"),
    ("why-conv", "mxnet", "a matrix that is not transposed",
     "return d2l.transpose(d2l.reshape(outputs, (80, 80)))",
     "return d2l.reshape(outputs, (80, 80))"),
    ("conv-layer", "torch", "a step along the transposed gradient",
     "K -= lr * K.grad", "K -= lr * K.grad.T"),
    ("conv-layer", "mxnet", "a step along the transposed gradient",
     "K[:] -= lr * K.grad", "K[:] -= lr * K.grad.T"),
    ("padding-and-strides", "torch", "a kernel that is flipped",
     "layer.weight[0, 0] = K", "layer.weight[0, 0] = K.flip(0, 1)"),
    ("padding-and-strides", "mxnet", "padding on one side only in the formula",
     "return (n + 2 * p - k) // s + 1", "return (n + p - k) // s + 1"),
    ("pooling", "torch", "a sum in place of the largest",
     "windows.amax(dim=0) if mode", "windows.sum(dim=0) if mode"),
    ("pooling", "mxnet", "strides that are not those asked for",
     "return layer(k, strides=s, padding=p)", "return layer(k, strides=k, padding=p)"),
    ("channels", "torch", "one kernel for all input channels",
     "Y = Y + d2l.corr2d(X[c], K[c])", "Y = Y + d2l.corr2d(X[c], K[0])"),
    ("channels", "mxnet", "blocks in another order than the kernels",
     "for a in range(k_h) for b in range(k_w)]", "for b in range(k_w) for a in range(k_h)]"),
    ("lenet", "torch", "a loss weighted by the size of other minibatches",
     "sums += torch.stack((l * len(y), hits))", "sums += torch.stack((l * 32, hits))"),
    ("lenet", "mxnet", "weights that stay as they were",
     "net.initialize(init.Xavier(), ctx=device, force_reinit=True)",
     "net.initialize(init.Xavier(), ctx=device)"),
    ("geometry-linear-algebraic-ops", "torch", "a wall through the wrong point",
     "(m0 @ m0 - m1 @ m1) / 2", "(m0 @ m0 - m1 @ m1)"),
    ("eigendecomposition", "mxnet", "discs from columns instead of rows",
     "abs(float(A[i, j])) for j", "abs(float(A[j, i])) for j"),
    ("single-variable-calculus", "torch", "factorials that are left out",
     "term *= h / k", "term *= h"),
    ("multivariable-calculus", "torch", "a derivative that keeps its last path only",
     "v_bar[i] += d * v_bar[k]", "v_bar[i] = d * v_bar[k]"),
    ("integral-calculus", "mxnet", "polar coordinates without the factor r",
     "bell(r) * r, 0, 2", "bell(r), 0, 2"),
    ("distributions", "mxnet", "a distance that leaves out what lies beyond",
     "(sum(gaps) + 1 - sum(poissons)) / 2", "sum(gaps) / 2"),
    ("maximum-likelihood", "torch", "clean pools that are counted with the others",
     "(times * n - k) * m", "(times * n) * m"),
    ("naive-bayes", "mxnet", "smoothing that adds too little below",
     " + 2 * alpha)", " + alpha)"),
    ("statistics", "torch", "a variance with the wrong divisor",
     "S_p = (Q / (2 * n - 2)) ** 0.5", "S_p = (Q / (2 * n)) ** 0.5"),
    ("random-variables", "mxnet", "a density of the wrong place",
     "normal * d2l.exp(-z1 / 2)", "normal * d2l.exp(z1 / 2)"),
    ("information-theory", "torch", "a mean that forgets how often",
     "H_sound_time = float((p_time * H_given).sum())", "H_sound_time = float(H_given.mean())"),
    ("alexnet", "torch", "weights for layers without ReLU",
     "nn.init.kaiming_normal_(weight, nonlinearity='relu')",
     "nn.init.kaiming_normal_(weight, nonlinearity='linear')"),
    ("alexnet", "mxnet", "the multiplications of a minibatch instead of an example",
     "work[0] += output[0].size * layer.weight.data()[0].size",
     "work[0] += output.size * layer.weight.data()[0].size"),
    ("nin", "torch", "gradients that pile up",
     "            optimizer.zero_grad()\n", ""),
    ("nin", "mxnet", "a step for one example instead of the minibatch",
     "trainer.step(len(y))", "trainer.step(1)"),
    ("batch-norm", "torch", "the statistics of the minibatch for predictions, too",
     "        if self.training:", "        if True:"),
    ("batch-norm", "mxnet", "a variance without a gradient",
     "np.square(rows - new_mean.reshape(-1, 1)).mean(axis=1)", "rows.var(axis=1)"),
    ("resnet", "torch", "the ReLU before the addition",
     "return torch.relu(change + kept)", "return torch.relu(change) + kept"),
    ("resnet", "mxnet", "stages that do not halve the maps",
     "stage.add(block(c_o, change, strides))", "stage.add(block(c_o, change))"),
    ("vgg", "torch", "a network that does not learn",
     "            optimizer.step()", "            pass"),
    ("vgg", "mxnet", "weights for layers without ReLU",
     "factor_type='in', magnitude=2)", "factor_type='in', magnitude=1)"),
    ("googlenet", "torch", "gradients that pile up",
     "            optimizer.zero_grad()\n", ""),
    ("googlenet", "mxnet", "a step for one example instead of the minibatch",
     "trainer.step(len(y))", "trainer.step(1)"),
    ("densenet", "torch", "an input that is not kept in front",
     "X = torch.cat((X, layer(X)), dim=1)", "X = torch.cat((layer(X), X), dim=1)"),
    ("densenet", "mxnet", "a transition that keeps all channels",
     "net.add(conv_block(c_i // 2, 1), nn.AvgPool2D(2))",
     "net.add(conv_block(c_i, 1), nn.AvgPool2D(2))"),
    ("sequence", "torch", "a state that follows the old forecast",
     "level, before = forecast + share * error, level + share_before * error",
     "level, before = forecast + share * error, forecast + share_before * error"),
    ("sequence", "mxnet", "forecasts that push out the newest level",
     "X = d2l.concat((X[:, 1:], forecasts[-1]), axis=1)",
     "X = d2l.concat((X[:, :-1], forecasts[-1]), axis=1)"),
    ("text-preprocessing", "torch", "pairs that count once a word, however often it occurs",
     "pairs[pair] += counts[word]", "pairs[pair] += 1"),
    ("text-preprocessing", "mxnet", "tokens that must occur once more than was asked for",
     "if n >= min_freq]", "if n > min_freq]"),
    ("language-models-and-dataset", "torch", "rows that do not go on where they ended",
     "every = slice(k, num_batches * batch_size, num_batches)",
     "every = slice(k * batch_size, (k + 1) * batch_size)"),
    ("language-models-and-dataset", "mxnet", "a last context that nothing follows",
     "self.contexts.update(ngrams(tokens[:-1], n - 1))",
     "self.contexts.update(ngrams(tokens, n - 1))"),
    ("rnn", "torch", "probabilities in place of logits",
     "nn.functional.cross_entropy(outputs, targets)",
     "nn.functional.cross_entropy(outputs.softmax(dim=1), targets)"),
    ("rnn", "mxnet", "a transposed recurrent matrix",
     "    return d2l.tanh(d2l.matmul(X, W_xh) + d2l.matmul(H, W_hh) + b_h)",
     "    return d2l.tanh(d2l.matmul(X, W_xh) + d2l.matmul(H, W_hh.T) + b_h)"),
    ("rnn-scratch", "torch", "short gradients that are stretched",
     "grad *= theta / norm.clamp(min=theta)", "grad *= theta / norm"),
    ("rnn-scratch", "mxnet", "labels in another order than the outputs",
     "labels = Y.as_in_ctx(device).T.reshape(-1)",
     "labels = Y.as_in_ctx(device).reshape(-1)"),
    ("rnn-concise", "torch", "a transposed recurrent matrix",
     "layer.weight_hh_l0.T,", "layer.weight_hh_l0,"),
    ("rnn-concise", "mxnet", "a second bias that still learns",
     "b_2.grad_req = 'null'", "b_2.lr_mult = 0.5"),
    ("bptt", "torch", "slopes of the step before",
     "slopes = 1 - H[1:] * H[1:]", "slopes = 1 - H[:-1] * H[:-1]"),
    ("bptt", "mxnet", "random cuts whose terms are not enlarged",
     "(random.random() < p) / p for", "float(random.random() < p) for"),
    ("gru", "torch", "a bias for the wrong gate",
     "layer.bias_hh_l0.data[32:64] = math.log(timescale - 1)",
     "layer.bias_hh_l0.data[:32] = math.log(timescale - 1)"),
    ("gru", "mxnet", "parameters that are far too small",
     "np.random.normal(0, 0.5 / math.sqrt(h), shape)", "np.random.normal(0, 0.5 / h, shape)"),
    ("lstm", "torch", "a bias for the wrong gate",
     "layer.bias_ih_l0[h:2 * h] = value", "layer.bias_ih_l0[2 * h:3 * h] = value"),
    ("lstm", "mxnet", "gates in another order",
     "our_order(layer.l0_h2h_weight.data()).T", "layer.l0_h2h_weight.data().T"),
    ("deep-rnn", "torch", "every layer begins with the state of the first",
     "H, end = layer(X, state[k:k + 1])", "H, end = layer(X, state[:1])"),
    ("deep-rnn", "mxnet", "every layer begins with the state of the first",
     "H, (end,) = layer(X, [state[0][k:k + 1]])", "H, (end,) = layer(X, [state[0][:1]])"),
    ("bi-rnn", "torch", "sequences exchanged instead of turned round",
     "left = left.flip(0)", "left = left.flip(1)"),
    ("bi-rnn", "mxnet", "both directions with the same parameters",
     "(to_left, 'r0_')", "(to_left, 'l0_')"),
    ("machine-translation-and-dataset", "torch", "lengths that count the padding",
     "return torch.tensor(rows), torch.tensor(lengths)",
     "return torch.tensor(rows), torch.tensor([len(row) for row in rows])"),
    ("machine-translation-and-dataset", "mxnet", "lengths without the unknown words",
     "np.array(lengths, dtype=np.int32)", "(np.array(rows) > 0).sum(1)"),
    ("encoder-decoder", "torch", "the state after the padding",
     "return hidden[valid_len - 1, d2l.arange(len(X), dtype=d2l.int32)]", "return hidden[-1]"),
    ("encoder-decoder", "mxnet", "one letter too many",
     "valid = d2l.astype(t < valid_len,", "valid = d2l.astype(t <= valid_len,"),
    ("seq2seq", "torch", "a mask that begins a step late",
     "device=X.device) >= valid_len[:, None]", "device=X.device) > valid_len[:, None]"),
    ("seq2seq", "mxnet", "a context that changes with the state",
     "everywhere = np.repeat(context, X.shape[1], axis=0)",
     "everywhere = np.repeat(hidden[-1:], X.shape[1], axis=0)"),
    ("beam-search", "torch", "states that stay where their hypotheses were",
     "part[:, list(parents)] for part in state", "part[:, sorted(parents)] for part in state"),
    ("beam-search", "mxnet", "states that stay where their hypotheses were",
     "[int(row) for row in parents]", "[int(row) for row in sorted(parents)]"),
]  # fmt: skip
LEFT = {".git", ".venv", ".venv-mxnet", "build", "tests", "benchmarks", "docs", "tools"}
AT_ONCE = 12


def _path(page: str) -> Path:
    (path,) = (ROOT / "chapters").rglob(f"{page}.md")
    return path.relative_to(ROOT)


def _saved(page: str, old: str) -> bool:
    """Whether the text stands in a cell that goes into the library, which other pages call."""
    cells = re.findall(
        r"^```\{code-cell\}.*?^```$", (ROOT / _path(page)).read_text("utf-8"), re.M | re.S
    )
    return any("#@save" in cell and old in cell for cell in cells)


def _copies() -> list[list[tuple]]:
    """The breaks, put into as few copies of the book as may be: one edition and each page once in
    a copy, and what breaks the library in a copy of its own."""
    copies, open_ones = [], []
    for one in BREAKS:
        page, edition, _, old, _ = one
        if _saved(page, old):
            copies.append([one])
            continue
        fits = (copy for copy in open_ones if copy[0][1] == edition and len(copy) < AT_ONCE)
        copy = next((copy for copy in fits if page not in [other[0] for other in copy]), None)
        if copy is None:
            open_ones.append(copy := [])
        copy.append(one)
    return copies + open_ones


COPIES = _copies()


@pytest.fixture(scope="session")
def run_copy(tmp_path_factory):
    """Makes the copy of a number, once, and runs its pages; returns folder and output."""

    @functools.cache
    def run(number: int) -> tuple[Path, str]:
        book = tmp_path_factory.mktemp("broken") / "book"
        shutil.copytree(ROOT, book, ignore=lambda folder, names: LEFT & set(names))
        for name in (".venv", ".venv-mxnet", "tools"):
            (book / name).symlink_to(ROOT / name)
        if (memo := ROOT / "build" / "memo").exists():  # what is known of the other pages
            shutil.copytree(memo, book / "build" / "memo")
        (edition,) = {edition for _, edition, *_ in COPIES[number]}
        command = [sys.executable, "-m", "imprint.cli", "run", "--edition", edition]
        for page, _, _, old, new in COPIES[number]:
            path = book / _path(page)
            text = path.read_text("utf-8")
            assert old in text, f"{page} has changed: break it in another way than {old!r}"
            path.write_text(text.replace(old, new), "utf-8")
            command += ["--page", _path(page).as_posix()]
        done = subprocess.run(command, cwd=book, capture_output=True, text=True)
        assert done.returncode == 1, done.stdout + done.stderr
        return book, done.stdout

    return run


@pytest.mark.parametrize(
    ("number", "page", "edition"),
    [
        pytest.param(number, page, edition, id=f"{page}: {wrong}",
                     marks=pytest.mark.xdist_group(f"broken-{number}"))
        for number, copy in enumerate(COPIES)
        for page, edition, wrong, *_ in copy
    ],
)  # fmt: skip
def test_a_broken_page_fails_in_its_own_check(run_copy, number, page, edition):
    book, said = run_copy(number)
    name = _path(page).as_posix()
    failure = re.search(rf"{name}:(\d+): \[{edition}, cell (\d+)\]", said)
    assert failure, said
    opened = load(book)
    (source,) = (one for one in opened.pages if one.path == name)
    cell = read(opened, source).cells[int(failure[2]) - 1]
    assert "check" in cell.tags, f"line {failure[1]} fails, and is no check: {said}"
