"""The babbler as a Llama: one layer whose attention heads are built by hand, written as a GGUF file.

`python -m stress.models.llama FILE < corpus` makes the toy model of a corpus.

The residual stream is divided into slots. A token's embedding fills WORD, CODE and flags; each of the layer's
four heads fills one more slot by looking back over the prompt, and the output matrix reads all of them:

- heads 0 and 1 look exactly one and two tokens back and copy their WORDs;
- head 2 looks at all topical words, at the older ones more, since a system prompt sets the scene, and leaves
  the mean of their WORDs in TOPIC;
- head 3 looks at the newest sender's handle in the prompt and copies its CODE to SENDER, so that a reply
  that begins with a name calls the agent that wrote last.

Queries and keys read constants and flags only, so a score depends on the distance and on what stands there. A
score that depends on the distance alone comes from rotary embedding: a key (1, 0) and a query at the angle
-theta·d, rotated by their positions, have the product cos(theta·(distance - d)). The feed-forward part is zero.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stress.models.babble import TOPIC_GAIN, WIDTH, Babbler, Floats, fit
from stress.models.vocabulary import (
    ADDRESSES,
    AGENTS,
    ASSISTANT,
    CONTROL,
    END,
    SENDERS,
    Vocabulary,
    build_vocabulary,
)

if TYPE_CHECKING:
    import gguf

HEADS, HEAD = 4, 64
STREAM = HEADS * HEAD
"""The residual stream's width, `n_embd`."""
FEED = 32
"""The feed-forward part's width; it does nothing."""
CONTEXT = 8192
"""The longest context; the heads' scores are tested for it."""

CODES = HEAD - WIDTH
"""Dimensions of a handle's code: what tells agents apart."""

WORD = slice(0, WIDTH)
CODE = slice(WIDTH, HEAD)
ONE_BACK, TWO_BACK, TOPIC = (slice(HEAD + at * WIDTH, HEAD + (at + 1) * WIDTH) for at in range(3))
SENDER = slice(TOPIC.stop, TOPIC.stop + CODES)
ONE, IS_TOPICAL, IS_SENDER, IS_OPENING, IS_NAME, FILL = range(SENDER.stop, SENDER.stop + 6)

CONSTANT = 8.0
"""What every token has in ONE."""
LENGTH = 16.0
"""Every embedding's length, FILL making up the rest, so that RMSNorm is a known scale."""
NORM = LENGTH / STREAM**0.5
"""The weight that undoes an RMSNorm of a vector of that length."""
NEVER = -40.0
"""The logit of what must not be said."""

# Pairs of a head's dimensions, each rotated by its own angle a position: 28 that together peak sharply at one
# distance (with 1.5 as exponent the other 8191 distances get less than 1e-5 of the attention), two that do not
# turn and carry flags, and one so slow that it counts distance.
PEAK_PAIRS = 28
TOPICAL_PAIR, SENDER_PAIR, SLOW_PAIR = 28, 29, 30
PEAK_ANGLES = np.pi * ((np.arange(PEAK_PAIRS) + 0.5) / PEAK_PAIRS) ** 1.5
SLOW_ANGLE = np.pi / 2 / CONTEXT
STILL = 1e-12
ROPE_BASE = 10000.0
TOPIC_SLOPE, SENDER_SLOPE = -0.004, 0.4
"""How much the score of what heads 2 and 3 look at falls (rises, where negative) with each token of distance."""

CALL = 14.0
"""Logits that the newest sender's name has over the names of others."""
CALL_SHARE = 0.08
"""A reply begins with a name in about this share; the usual sampling, which favours the likeliest, triples it."""

TEMPLATE = (
    "{%- for message in messages -%}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{%- endfor -%}"
    "{%- if add_generation_prompt -%}<|assistant|>{%- endif -%}"
)


def weights(vocabulary: Vocabulary, babbler: Babbler) -> dict[str, Floats]:
    """All tensors of the Llama by their GGUF names, matrices as [out, in]."""
    return {
        "token_embd.weight": _embedding(vocabulary, babbler),
        "rope_freqs.weight": _rope_factors(),
        "blk.0.attn_norm.weight": np.full(STREAM, NORM, np.float32),
        "blk.0.attn_q.weight": _queries(),
        "blk.0.attn_k.weight": _keys(),
        "blk.0.attn_v.weight": np.eye(HEAD, STREAM, dtype=np.float32),
        "blk.0.attn_output.weight": _outputs(),
        "blk.0.ffn_norm.weight": np.ones(STREAM, np.float32),
        "blk.0.ffn_gate.weight": np.zeros((FEED, STREAM), np.float32),
        "blk.0.ffn_up.weight": np.zeros((FEED, STREAM), np.float32),
        "blk.0.ffn_down.weight": np.zeros((STREAM, FEED), np.float32),
        "output_norm.weight": np.full(STREAM, NORM, np.float32),
        "output.weight": _output(vocabulary, babbler),
    }


def _codes() -> Floats:
    """A unit vector of signs for each agent."""
    signs = np.random.default_rng(2).choice([-1.0, 1.0], (AGENTS, CODES))
    return np.array(signs / CODES**0.5, np.float32)


def _embedding(vocabulary: Vocabulary, babbler: Babbler) -> Floats:
    rows = np.zeros((len(vocabulary), STREAM), np.float32)
    rows[:, WORD] = babbler.embedding
    rows[SENDERS, CODE] = _codes()
    rows[:, ONE] = CONSTANT
    rows[babbler.topical, IS_TOPICAL] = 1
    rows[SENDERS, IS_SENDER] = 1
    rows[ASSISTANT, IS_OPENING] = 1
    rows[ADDRESSES, IS_NAME] = 1
    rows[:, FILL] = np.sqrt(LENGTH**2 - (rows**2).sum(axis=1))
    return rows


def _rope_factors() -> Floats:
    """What llama.cpp divides each pair's standard angle by, so that it turns by ours."""
    angles = np.full(HEAD // 2, STILL)
    angles[:PEAK_PAIRS] = PEAK_ANGLES
    angles[SLOW_PAIR] = SLOW_ANGLE
    standard = ROPE_BASE ** (-np.arange(HEAD // 2) / (HEAD // 2))
    return np.array(standard / angles, np.float32)


def _keys() -> Floats:
    """One key for all heads: the constant in the turning pairs, flags in the still ones."""
    keys = np.zeros((HEAD, STREAM), np.float32)
    keys[0 : 2 * PEAK_PAIRS : 2, ONE] = 1 / CONSTANT
    keys[2 * SLOW_PAIR, ONE] = 1 / CONSTANT
    keys[2 * TOPICAL_PAIR, IS_TOPICAL] = 1
    keys[2 * SENDER_PAIR, IS_SENDER] = 1
    return keys


def _queries() -> Floats:
    """A query reads the constant alone: what each head looks for is the same at every token."""
    heads = np.zeros((HEADS, HEAD))
    for head, distance in ((0, 1), (1, 2)):
        heads[head, 0 : 2 * PEAK_PAIRS : 2] = np.cos(PEAK_ANGLES * distance)
        heads[head, 1 : 2 * PEAK_PAIRS : 2] = -np.sin(PEAK_ANGLES * distance)
    # A query a quarter turn ahead of the slow pair's key scores -sin(SLOW_ANGLE·distance), close to a slope.
    heads[2, 2 * TOPICAL_PAIR] = 60
    heads[2, 2 * SLOW_PAIR + 1] = TOPIC_SLOPE / SLOW_ANGLE
    heads[3, 2 * SENDER_PAIR] = 4000
    heads[3, 2 * SLOW_PAIR + 1] = SENDER_SLOPE / SLOW_ANGLE
    queries = np.zeros((HEADS * HEAD, STREAM), np.float32)
    queries[:, ONE] = heads.ravel() * HEAD**0.5 / CONSTANT
    return queries


def _outputs() -> Floats:
    """From the heads' values (each WORD and CODE of what was looked at) to the slots."""
    outputs = np.zeros((STREAM, HEADS * HEAD), np.float32)
    gains = ((ONE_BACK, WORD, 1.0), (TWO_BACK, WORD, 1.0), (TOPIC, WORD, TOPIC_GAIN), (SENDER, CODE, 1.0))
    for head, (slot, part, gain) in enumerate(gains):
        outputs[slot, head * HEAD + part.start : head * HEAD + part.stop] = gain * np.eye(part.stop - part.start)
    return outputs


def _output(vocabulary: Vocabulary, babbler: Babbler) -> Floats:
    """The babbler's rows for what may be said, and the rules for beginning a reply."""
    rows = np.zeros((len(vocabulary), STREAM), np.float32)
    rows[:, ONE] = NEVER / CONSTANT
    words, said = babbler.weights, babbler.said
    for at, slot in enumerate((WORD, ONE_BACK, TWO_BACK, TOPIC)):
        rows[said, slot] = words[:, at * WIDTH : (at + 1) * WIDTH]
    rows[said, ONE] = words[:, -1] / CONSTANT
    rows[said[~babbler.opens], IS_OPENING] = NEVER
    rows[said[~babbler.follows_name], IS_NAME] = NEVER
    # A name is said only at the beginning, and then the newest sender's: its code's product with itself is 1.
    rows[ADDRESSES] = 0
    rows[ADDRESSES, ONE] = NEVER / CONSTANT
    calls = np.log(CALL_SHARE / (1 - CALL_SHARE))
    rows[ADDRESSES, IS_OPENING] = babbler.opening_score + calls - CALL - NEVER
    rows[ADDRESSES, SENDER] = CALL * _codes()
    return rows


def write(path: Path, vocabulary: Vocabulary, babbler: Babbler) -> None:
    """Write the model as a GGUF file: matrices in half precision, tokenizer and chat template included."""
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("agent-stress toy model")
    writer.add_description("A one-layer Llama that babbles the words of agent-stress's scenarios")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(STREAM)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(vocabulary))
    _add_tokenizer(writer, vocabulary)
    for name, tensor in weights(vocabulary, babbler).items():
        writer.add_tensor(name, tensor.astype(np.float16) if tensor.ndim == 2 else tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokenizer(writer: "gguf.GGUFWriter", vocabulary: Vocabulary) -> None:
    import gguf

    control = {name.encode() for name in CONTROL}
    kinds = [gguf.TokenType.CONTROL if t in control else gguf.TokenType.NORMAL for t in vocabulary.tokens]
    writer.add_tokenizer_model("rwkv")
    writer.add_token_list([t if t in control else _escaped(t) for t in vocabulary.tokens])
    writer.add_token_types(kinds)
    writer.add_eos_token_id(END)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def _escaped(token: bytes) -> bytes:
    """As llama.cpp's `rwkv` tokenizer reads a token: printable ASCII as it is, all else in hexadecimal."""
    plain = (chr(b) if 32 <= b < 127 and b != 92 else f"\\x{b:02x}" for b in token)
    return "".join(plain).encode()


if __name__ == "__main__":
    corpus = sys.stdin.buffer.read().decode()
    vocabulary = build_vocabulary(corpus)
    write(Path(sys.argv[1]), vocabulary, fit(vocabulary, corpus))
