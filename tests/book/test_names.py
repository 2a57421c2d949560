"""The library's names and signatures are the contract with readers' notebooks."""

# ruff: noqa: E501
import json
import subprocess

import pytest

from tests.book.whole import ROOT

SIGNATURES = {
    "use_svg_display": "()",
    "set_figsize": "(figsize=(3.5, 2.5))",
    "set_axes": "(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)",
    "plot": "(X, Y=None, xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, xscale='linear', yscale='linear', fmts=('-', 'm--', 'g-.', 'r:'), figsize=(3.5, 2.5), axes=None)",
    "Timer.__init__": "(self)",
    "Timer.start": "(self)",
    "Timer.stop": "(self)",
    "Timer.avg": "(self)",
    "Timer.sum": "(self)",
    "Timer.cumsum": "(self)",
    "synthetic_data": "(w, b, num_examples)",
    "linreg": "(X, w, b)",
    "squared_loss": "(y_hat, y)",
    "sgd": "(params, lr, batch_size)",
    "load_array": "(data_arrays, batch_size, is_train=True)",
    "get_fashion_mnist_labels": "(labels)",
    "show_images": "(imgs, num_rows, num_cols, titles=None, scale=1.5)",
    "get_dataloader_workers": "()",
    "load_data_fashion_mnist": "(batch_size, resize=None)",
    "accuracy": "(y_hat, y)",
    "evaluate_accuracy": "(net, data_iter)",
    "Accumulator.__init__": "(self, n)",
    "Accumulator.add": "(self, *args)",
    "Accumulator.reset": "(self)",
    "Accumulator.__getitem__": "(self, idx)",
    "train_epoch_ch3": "(net, train_iter, loss, updater)",
    "Animator.__init__": "(self, xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, xscale='linear', yscale='linear', fmts=('-', 'm--', 'g-.', 'r:'), nrows=1, ncols=1, figsize=(3.5, 2.5))",
    "Animator.add": "(self, x, y)",
    "train_ch3": "(net, train_iter, test_iter, loss, num_epochs, updater)",
    "predict_ch3": "(net, test_iter, n=6)",
    "download": "(name, cache_dir=os.path.join('..', 'data'))",
    "download_extract": "(name, folder=None)",
    "download_all": "()",
    "evaluate_loss": "(net, data_iter, loss)",
    "try_gpu": "(i=0)",
    "try_all_gpus": "()",
    "corr2d": "(X, K)",
    "evaluate_accuracy_gpu": "(net, data_iter, device=None)",
    "train_ch6": "(net, train_iter, test_iter, num_epochs, lr, device)",
    "layer_summary": "(net, X)",
    "Residual.forward": "(self, X)",
    "read_time_machine": "()",
    "tokenize": "(lines, token='word')",
    "Vocab.__init__": "(self, tokens=None, min_freq=0, reserved_tokens=None)",
    "Vocab.__len__": "(self)",
    "Vocab.__getitem__": "(self, tokens)",
    "Vocab.to_tokens": "(self, indices)",
    "count_corpus": "(tokens)",
    "load_corpus_time_machine": "(max_tokens=-1)",
    "seq_data_iter_random": "(corpus, batch_size, num_steps)",
    "seq_data_iter_sequential": "(corpus, batch_size, num_steps)",
    "SeqDataLoader.__init__": "(self, batch_size, num_steps, use_random_iter, max_tokens)",
    "SeqDataLoader.__iter__": "(self)",
    "load_data_time_machine": "(batch_size, num_steps, use_random_iter=False, max_tokens=10000)",
    "RNNModelScratch.__init__": "(self, vocab_size, num_hiddens, device, get_params, init_state, forward_fn)",
    "RNNModelScratch.__call__": "(self, X, state)",
    "predict_ch8": "(prefix, num_preds, net, vocab, device)",
    "grad_clipping": "(net, theta)",
    "train_epoch_ch8": "(net, train_iter, loss, updater, device, use_random_iter)",
    "train_ch8": "(net, train_iter, vocab, lr, num_epochs, device, use_random_iter=False)",
    "RNNModel.__init__": "(self, rnn_layer, vocab_size, **kwargs)",
    "RNNModel.forward": "(self, inputs, state)",
    "read_data_nmt": "()",
    "preprocess_nmt": "(text)",
    "tokenize_nmt": "(text, num_examples=None)",
    "truncate_pad": "(line, num_steps, padding_token)",
    "build_array_nmt": "(lines, vocab, num_steps)",
    "load_data_nmt": "(batch_size, num_steps, num_examples=600)",
    "Encoder.forward": "(self, X, *args)",
    "Decoder.init_state": "(self, enc_outputs, *args)",
    "Decoder.forward": "(self, X, state)",
    "EncoderDecoder.__init__": "(self, encoder, decoder, **kwargs)",
    "EncoderDecoder.forward": "(self, enc_X, dec_X, *args)",
    "Seq2SeqEncoder.__init__": "(self, vocab_size, embed_size, num_hiddens, num_layers, dropout=0, **kwargs)",
    "Seq2SeqEncoder.forward": "(self, X, *args)",
    "MaskedSoftmaxCELoss.forward": "(self, pred, label, valid_len)",
    "train_seq2seq": "(net, data_iter, lr, num_epochs, tgt_vocab, device)",
    "predict_seq2seq": "(net, src_sentence, src_vocab, tgt_vocab, num_steps, device, save_attention_weights=False)",
    "bleu": "(pred_seq, label_seq, k)",
}
OWN = {  # of one edition
    "torch": {
        "Residual.__init__": "(self, input_channels, num_channels, use_1x1conv=False, strides=1)",
        "RNNModelScratch.begin_state": "(self, batch_size, device)",
        "RNNModel.begin_state": "(self, device, batch_size=1)",
        "sequence_mask": "(X, valid_len, value=0)",
    },
    "mxnet": {
        "Residual.__init__": "(self, num_channels, use_1x1conv=False, strides=1, **kwargs)",
        "RNNModelScratch.begin_state": "(self, batch_size, ctx)",
        "RNNModel.begin_state": "(self, *args, **kwargs)",
    },
}
CONSTANTS = ["DATA_HUB", "DATA_URL"]
ALIASES = """
ones zeros tensor arange meshgrid sin sinh cos cosh tanh linspace exp log normal rand matmul int32 float32 concat stack abs eye numpy size reshape to reduce_sum argmax astype transpose
""".split()

LIST = """
import importlib, inspect, json, operator, sys
library = importlib.import_module("d2l." + sys.argv[1])
names = json.loads(sys.argv[2])
found = {name: str(inspect.signature(operator.attrgetter(name)(library))) for name in names}
missing = [name for name in json.loads(sys.argv[3]) if not hasattr(library, name)]
print(json.dumps([found, missing]))
"""


@pytest.mark.parametrize("edition, environment", [("torch", ".venv"), ("mxnet", ".venv-mxnet")])
def test_every_public_name_is_there_with_its_signature(edition, environment):
    signatures = SIGNATURES | OWN[edition]
    given = [edition, json.dumps(list(signatures)), json.dumps(ALIASES + CONSTANTS)]
    done = subprocess.run(
        [ROOT / environment / "bin/python", "-c", LIST, *given],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found, missing = json.loads(done.stdout)
    assert missing == []
    assert {
        name: _agrees(found[name], wanted) for name, wanted in signatures.items()
    } == dict.fromkeys(signatures, True)


def _agrees(found: str, wanted: str) -> bool:
    """The parameters wanted, in order, with their defaults; more may follow, with defaults."""
    wanted = wanted.replace("os.path.join('..', 'data')", "'../data'")
    if found == wanted:
        return True
    more = found.removeprefix(wanted.removesuffix(")")).removesuffix(")").strip(", ")
    return found.startswith(wanted.removesuffix(")")) and all(
        "=" in part for part in more.split(", ")
    )
