"""Programs written for the library of 2021, with its common names for both frameworks, go on
working: the names take every argument of the framework's own functions, by position and by name."""

import os
import subprocess

import pytest

from tests.book.whole import ROOT

SHARED = """
x = d2l.arange(12)
assert d2l.size(x) == 12
X = d2l.reshape(x, (3, 4))
assert d2l.reshape(x, (-1, 4)).shape == (3, 4) and d2l.reshape(X, -1).shape == (12,)
a = d2l.tensor([[2.0, 1, 4, 3], [1, 2, 3, 4], [4, 3, 2, 1]])
A, B = d2l.ones((2, 3)), d2l.zeros((2, 3))
assert d2l.concat((A, B), axis=0).shape == d2l.concat([A, B]).shape == (4, 3)
assert d2l.concat((A, B), 1).shape == (2, 6)
assert d2l.stack([A, B]).shape == (2, 2, 3) and d2l.stack((A, B), axis=2).shape == (2, 3, 2)
assert float(d2l.reduce_sum(a)) == 30
assert d2l.reduce_sum(a, axis=0).shape == (4,) and d2l.reduce_sum(a, 1).shape == (3,)
assert d2l.reduce_sum(a, axis=1, keepdims=True).shape == (3, 1)
assert d2l.numpy(d2l.argmax(a, axis=1)).tolist() == [2, 3, 0]
assert d2l.numpy(d2l.argmax(a, 0)).tolist() == [2, 2, 0, 1] and int(d2l.argmax(a)) in (2, 7, 8)
assert d2l.numpy(d2l.transpose(a)).shape == d2l.transpose(a).shape == (4, 3)
assert d2l.matmul(a, d2l.transpose(a)).shape == (3, 3)
assert d2l.astype(a > 2, d2l.float32).dtype == d2l.float32
assert d2l.astype(a, d2l.int32).dtype == d2l.int32
assert d2l.tensor([1, 2], dtype=d2l.int32).dtype == d2l.int32
assert d2l.normal(0, 1, (3, 4)).shape == d2l.normal(0.0, 0.01, (3, 4)).shape == (3, 4)
assert d2l.rand(3, 4).shape == (3, 4)
u, v = d2l.meshgrid(d2l.linspace(-1, 1, 5), d2l.linspace(-2, 2, 3), indexing='ij')
assert u.shape == v.shape == (5, 3)
assert abs(float(d2l.exp(d2l.tensor([1.0]))[0]) - 2.7182818) < 1e-5
for name, value in (('sin', 0), ('cos', 1), ('tanh', 0), ('sinh', 0), ('cosh', 1), ('abs', 0)):
    assert float(getattr(d2l, name)(d2l.zeros(1))[0]) == value
assert float(d2l.log(d2l.ones(1))[0]) == 0 and d2l.eye(3).shape == (3, 3)
assert d2l.arange(1, 10, 2).shape == (5,) and d2l.eye(2, 3).shape == (2, 3)
shapes = list(map(d2l.size, (A, a)))
assert shapes == [6, 12]

def linear(X, w, b):
    return d2l.matmul(X, w) + b

features, labels = d2l.synthetic_data(d2l.tensor([2.0, -3.4]), 4.2, 100)
assert features.shape == (100, 2) and labels.shape == (100, 1)
w, b = d2l.normal(0, 0.01, (2, 1)), d2l.zeros(1)
loss = d2l.squared_loss(d2l.linreg(features, w, b), labels)
assert loss.shape == (100, 1) and float(d2l.reduce_sum(loss)) > 0
for X, y in d2l.load_array((features, labels), 10):
    assert X.shape == (10, 2) and y.shape == (10, 1)
    break
metric = d2l.Accumulator(2)
metric.add(d2l.accuracy(d2l.tensor([[0.1, 0.9], [0.8, 0.2]]), d2l.tensor([1, 1])), 2)
assert metric[0] / metric[1] == 0.5
timer = d2l.Timer()
assert timer.stop() >= 0 and timer.sum() == timer.avg() == timer.cumsum()[0]

def squared(y_hat, y):
    return (y_hat - d2l.reshape(y, y_hat.shape)) ** 2

data_iter = d2l.load_array((d2l.ones((25, 2)), d2l.ones(25)), 10, is_train=False)
weight = d2l.tensor([[2.0], [1.0]])
assert abs(d2l.evaluate_loss(lambda X: d2l.matmul(X, weight), data_iter, squared) - 4) < 1e-6
assert str(d2l.try_gpu(1000)).startswith('cpu') and len(d2l.try_all_gpus()) >= 1
"""
TORCH = """
import torch
from torch import nn
from d2l import torch as d2l
"""
TORCH_ONLY = """
assert d2l.reduce_sum(a, 1, keepdim=True).shape == (3, 1)
assert d2l.reduce_sum(a, dim=(0, 1), dtype=torch.float64).dtype == torch.float64
assert d2l.argmax(a, dim=1, keepdim=True).shape == (3, 1)
assert d2l.concat(tensors=(A, B), dim=1).shape == d2l.concat((A, B), dim=-1).shape == (2, 6)
assert d2l.reshape(a, 4, 3).shape == d2l.reshape(a, shape=(4, 3)).shape == (4, 3)
t = d2l.tensor(data=[1.0], dtype=torch.float64, device='cpu', requires_grad=True)
assert d2l.numpy(t).tolist() == [1.0] and d2l.numpy(t * 2).tolist() == [2.0]
assert d2l.numpy(d2l.ones(2), force=False).tolist() == [1, 1]
assert d2l.zeros(2, 3, device=torch.device('cpu'), requires_grad=True).requires_grad
assert d2l.normal(mean=torch.zeros(3), std=torch.ones(3)).shape == (3,)
assert d2l.rand((2, 3), generator=torch.Generator().manual_seed(1)).shape == (2, 3)
assert d2l.rand(size=(2, 3)).shape == (2, 3) and d2l.ones(size=(2,)).shape == (2,)
assert d2l.to(a, 'cpu') is a and d2l.to(a, torch.float64, copy=True).dtype == torch.float64
assert d2l.astype(a, dtype=torch.int64).dtype == torch.int64
assert d2l.linspace(start=0, end=1, steps=3, dtype=torch.float64).dtype == torch.float64
assert d2l.exp(input=t, out=None).requires_grad and d2l.eye(n=2, m=3).shape == (2, 3)
assert d2l.arange(start=0, end=4, step=2).tolist() == [0, 2]
net = d2l.nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
assert net(d2l.reshape(a, (3, 4))).shape == (3, 2)
net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)).to(device=d2l.try_gpu())
assert net[0].weight.device == torch.ones(1, device=d2l.try_gpu()).device
data_iter = d2l.load_array((features, labels), batch_size=64)
for loss in (nn.MSELoss(reduction='none'), nn.MSELoss()):
    expected = float(nn.MSELoss()(net(features), labels))
    assert abs(d2l.evaluate_loss(net, data_iter, loss) - expected) < 1e-4 * expected
"""
MXNET = """
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import nn
from d2l import mxnet as d2l
npx.set_np()
"""
MXNET_ONLY = """
assert d2l.reduce_sum(a, axis=(0, 1), dtype='float64').dtype == np.float64
assert d2l.concat(seq=(A, B), axis=1).shape == (2, 6)
assert d2l.reshape(a, 4, 3).shape == d2l.reshape(a, (4, 3), order='C').shape == (4, 3)
assert d2l.zeros(shape=(2, 3), dtype='int32', ctx=npx.cpu()).dtype == np.int32
assert d2l.ones((2,), ctx=npx.cpu()).shape == (2,) and d2l.tensor([1], ctx=npx.cpu()).shape == (1,)
assert d2l.normal(loc=1, scale=0.1, size=5, ctx=npx.cpu()).shape == (5,)
assert d2l.normal(0, 1).shape == () and d2l.rand(2).shape == (2,)
assert d2l.arange(1, stop=4, step=2, dtype='int32').tolist() == [1, 3]
assert d2l.linspace(0, stop=1, num=3).shape == (3,) and d2l.eye(2, M=3, k=1).shape == (2, 3)
assert d2l.to(a, npx.cpu()) is a and d2l.astype(a, dtype='int64', copy=False).dtype == np.int64
a.attach_grad()
with autograd.record():
    y = d2l.reduce_sum(a * a)
y.backward()
assert (d2l.numpy(a.grad) == 2 * d2l.numpy(a)).all()
assert d2l.matmul(np.ones((2, 3)), np.ones((3,))).shape == (2,)
net = gluon.nn.Sequential()
net.add(nn.Dense(8, activation='relu'), nn.Dense(1))
net.initialize(ctx=d2l.try_all_gpus())
data_iter = d2l.load_array((features, labels), batch_size=64)
expected = float(gluon.loss.L2Loss()(net(features), labels).mean())
assert abs(d2l.evaluate_loss(net, data_iter, gluon.loss.L2Loss()) - expected) < 1e-4 * expected
assert np.ones((2, 3), ctx=d2l.try_gpu()).ctx == d2l.try_gpu(i=0)
"""


TEXT = """
lines = d2l.read_time_machine()
words = d2l.tokenize(lines)
vocab = d2l.Vocab(words, min_freq=2, reserved_tokens=['<pad>'])
assert vocab['<pad>'] == 1 and vocab['no such word'] == vocab.unk == 0
assert vocab.to_tokens(vocab[['the', 'time']]) == ['the', 'time']
assert vocab.token_freqs[0] == d2l.count_corpus(words).most_common(1)[0]
assert vocab.idx_to_token[vocab.token_to_idx['time']] == 'time' and len(vocab) > 500
corpus, vocab = d2l.load_corpus_time_machine(max_tokens=1000)
assert len(corpus) == 1000 and all(token < len(vocab) for token in corpus)
for cut in (d2l.seq_data_iter_random, d2l.seq_data_iter_sequential):
    for X, Y in cut(list(range(35)), batch_size=2, num_steps=5):
        assert X.shape == Y.shape == (2, 5) and bool((X + 1 == Y).all())
device, size = d2l.try_gpu(), 16
train_iter, vocab = d2l.load_data_time_machine(32, 35)
assert (train_iter.batch_size, train_iter.num_steps) == (32, 35)
assert train_iter.vocab is vocab and len(train_iter.corpus) == 10000

def init_state(batch_size, num_hiddens, device):
    return (zeros((batch_size, num_hiddens), device),)

def recur(inputs, state, params):
    W, U, b, V, c = params
    H, outputs = state[0], []
    for X in inputs:
        H = d2l.tanh(d2l.matmul(X, W) + d2l.matmul(H, U) + b)
        outputs.append(d2l.matmul(H, V) + c)
    return d2l.concat(outputs, axis=0), (H,)

net = d2l.RNNModelScratch(len(vocab), size, device, parameters, init_state, recur)
X = X % len(vocab)
logits, state = net(X, net.begin_state(X.shape[0], device))
assert logits.shape == (X.shape[0] * X.shape[1], len(vocab)) and len(state) == 1
assert len(d2l.predict_ch8('time traveller ', 10, net, vocab, device)) == 25
first, _ = d2l.train_epoch_ch8(net, train_iter, loss, updater(net), device, False)
d2l.train_ch8(net, train_iter, vocab, 1, 2, device, use_random_iter=True)
last, speed = d2l.train_epoch_ch8(net, train_iter, loss, updater(net), device, False)
assert last < first < 40 and speed > 0
model = module(len(vocab))
d2l.train_ch8(model, train_iter, vocab, 1, 1, device)
d2l.grad_clipping(model, 1)
assert d2l.predict_ch8('time', 3, model, vocab, device).startswith('time')
"""
TEXT_TORCH = (
    TORCH
    + """
def zeros(shape, device):
    return torch.zeros(shape, device=device)

def parameters(vocab_size, num_hiddens, device):
    shapes = [(vocab_size, num_hiddens), (num_hiddens,) * 2, num_hiddens,
              (num_hiddens, vocab_size), vocab_size]
    params = [torch.randn(shape, device=device) * 0.05 for shape in shapes]
    for param in params:
        param.requires_grad_(True)
    return params

def updater(net):
    return lambda batch_size: d2l.sgd(net.params, 1, batch_size)

def module(vocab_size):
    return d2l.RNNModel(nn.LSTM(vocab_size, 16), vocab_size=vocab_size).to(device)

loss = nn.CrossEntropyLoss()
"""
)
TEXT_MXNET = (
    MXNET
    + """
from mxnet.gluon import rnn

def zeros(shape, device):
    return np.zeros(shape, ctx=device)

def parameters(vocab_size, num_hiddens, device):
    shapes = [(vocab_size, num_hiddens), (num_hiddens,) * 2, num_hiddens,
              (num_hiddens, vocab_size), vocab_size]
    params = [np.random.normal(scale=0.05, size=shape, ctx=device) for shape in shapes]
    for param in params:
        param.attach_grad()
    return params

def updater(net):
    return lambda batch_size: d2l.sgd(net.params, 1, batch_size)

def module(vocab_size):
    net = d2l.RNNModel(rnn.LSTM(16), vocab_size)
    net.initialize(ctx=device)
    return net

loss = gluon.loss.SoftmaxCrossEntropyLoss()
"""
)

TRANSLATION = """
device = d2l.try_gpu()
batch_size, num_steps = 50, 8
train_iter, src_vocab, tgt_vocab = d2l.load_data_nmt(batch_size, num_steps, 300)
for X, X_valid_len, Y, Y_valid_len in train_iter:
    break
assert X.shape == Y.shape == (batch_size, num_steps) and X_valid_len.shape == (batch_size,)
source, target = d2l.tokenize_nmt(d2l.preprocess_nmt(d2l.read_data_nmt()), 5)
assert len(source) == len(target) == 5 and source[0][-1] in '.!?'
assert d2l.truncate_pad([1, 2], 4, 0) == [1, 2, 0, 0]
array, valid_len = d2l.build_array_nmt(source, src_vocab, 4)
assert array.shape == (5, 4)

encoder = d2l.Seq2SeqEncoder(len(src_vocab), 16, 24, 2, 0.1)
net = d2l.EncoderDecoder(encoder, decoder(len(tgt_vocab)))
start(net)
enc_outputs = encoder(X)
assert enc_outputs[0].shape == (num_steps, batch_size, 24)
Y_hat, state = net(X, Y, X_valid_len)
assert Y_hat.shape == (batch_size, num_steps, len(tgt_vocab))
losses = d2l.MaskedSoftmaxCELoss()(Y_hat, Y, Y_valid_len)
assert losses.shape == (batch_size,)
d2l.train_seq2seq(net, train_iter, 0.01, 3, tgt_vocab, device)
after = d2l.MaskedSoftmaxCELoss()(net(X, Y, X_valid_len)[0], Y, Y_valid_len)
text, weights = d2l.predict_seq2seq(net, 'go !', src_vocab, tgt_vocab, num_steps, device)
assert isinstance(text, str) and weights == [] and len(text.split()) <= num_steps
assert d2l.bleu("c'est la vie .", "c'est la vie .", k=2) == 1 and d2l.bleu('x', 'y z', 1) == 0
"""
TRANSLATION_TORCH = (
    TORCH
    + """
class MyDecoder(d2l.Decoder):
    def __init__(self, vocab_size, **kwargs):
        super().__init__(**kwargs)
        self.table = nn.Embedding(vocab_size, 16)
        self.layer = nn.LSTM(16, 24)
        self.out = nn.Linear(24, vocab_size)

    def init_state(self, enc_outputs, *args):
        return enc_outputs[1][-1:], torch.zeros_like(enc_outputs[1][-1:])

    def forward(self, X, state):
        H, state = self.layer(self.table(X).permute(1, 0, 2), state)
        return self.out(H).permute(1, 0, 2), state

decoder = MyDecoder

def start(net):
    net.to(device)

masked = d2l.sequence_mask(torch.ones(2, 3), torch.tensor([1, 3]), value=-1)
assert masked.tolist() == [[1, -1, -1], [1, 1, 1]]
"""
)
TRANSLATION_MXNET = (
    MXNET
    + """
from mxnet import init
from mxnet.gluon import rnn

class MyDecoder(d2l.Decoder):
    def __init__(self, vocab_size, **kwargs):
        super().__init__(**kwargs)
        self.table = nn.Embedding(vocab_size, 16)
        self.layer = rnn.LSTM(24)
        self.out = nn.Dense(vocab_size, flatten=False)

    def init_state(self, enc_outputs, *args):
        H = enc_outputs[1][0][-1:]
        return [H, np.zeros_like(H)]

    def forward(self, X, state):
        H, state = self.layer(self.table(X).swapaxes(0, 1), state)
        return self.out(H).swapaxes(0, 1), state

decoder = MyDecoder

def start(net):
    net.initialize(init.Xavier(), ctx=device)
"""
)


@pytest.mark.parametrize(
    ("environment", "program"),
    [
        (".venv", TORCH + SHARED + TORCH_ONLY), (".venv-mxnet", MXNET + SHARED + MXNET_ONLY),
        (".venv", TEXT_TORCH + TEXT), (".venv-mxnet", TEXT_MXNET + TEXT),
        (".venv", TRANSLATION_TORCH + TRANSLATION),
        (".venv-mxnet", TRANSLATION_MXNET + TRANSLATION),
    ],
    ids=["torch", "mxnet", "text-torch", "text-mxnet", "translation-torch", "translation-mxnet"],
)  # fmt: skip
def test_a_program_of_2021_runs(environment, program, tmp_path):
    command = [ROOT / environment / "bin/python", "-W", "ignore", "-c", program]
    env = os.environ | {"D2L_DATA": "sample", "D2L_DATA_DIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
