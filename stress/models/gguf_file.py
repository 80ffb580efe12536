"""A shape with random weights as one GGUF file, written a piece at a time."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stress.models.random_values import Format, random_pieces, size_in_bytes
from stress.models.shapes import Shape
from stress.models.signature import GGUF_NAME
from stress.models.tensors import Progress, Tensor, architecture, tensors
from stress.models.tokenizer import SPECIAL, TEMPLATE, Tokenizer

if TYPE_CHECKING:
    import gguf


def gguf_bytes(shape: Shape, quant: Format) -> int:
    """How large the file will be, but for its head of a few megabytes."""
    return sum(size_in_bytes(tensor.values, _format(tensor, quant)) for tensor in tensors(shape))


def write_gguf(path: Path, shape: Shape, tokenizer: Tokenizer, quant: Format, seed: int, progress: Progress) -> None:
    """Write the file.

    Args:
        path: where.
        shape: the model's.
        tokenizer: with as many tokens as the shape's vocabulary.
        quant: `f16`, `q8_0` or `q4_0`: of the matrices; vectors are single precision.
        seed: of the random weights.
        progress: called with the number of bytes just written.

    Raises:
        UsageError: weights of this kind of model cannot be made.
        OSError: the file cannot be written.
    """
    import gguf

    writer = gguf.GGUFWriter(path, architecture(shape))
    try:
        _describe(writer, shape, quant)
        _add_tokenizer(writer, tokenizer)
        for tensor in tensors(shape):
            _announce(writer, tensor, _format(tensor, quant))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        # The library would take each tensor whole: the largest of a 70B takes 2 GB.
        file = writer.fout[0]
        rng = np.random.Generator(np.random.SFC64(seed))
        writer.write_padding(file, file.tell())
        for tensor in tensors(shape):
            form = _format(tensor, quant)
            ones = np.ones(0 if tensor.columns else tensor.values, np.float32).tobytes()
            for piece in random_pieces(tensor.values, form, rng) if tensor.columns else (ones,):
                file.write(piece)
                progress(len(piece))
            writer.write_padding(file, size_in_bytes(tensor.values, form))
    finally:
        writer.close()


def _format(tensor: Tensor, quant: Format) -> Format:
    """Vectors and the router of experts stay in single precision, as in llama.cpp's own conversions."""
    return quant if tensor.columns and "ffn_gate_inp" not in tensor.gguf else "f32"


def _announce(writer: "gguf.GGUFWriter", tensor: Tensor, form: Format) -> None:
    import gguf

    kind = gguf.GGMLQuantizationType[form.upper()]
    experts = (len(tensor.names),) if len(tensor.names) > 1 else ()
    dims = (*experts, tensor.rows, tensor.columns) if tensor.columns else (tensor.rows,)
    total = size_in_bytes(tensor.values, form)
    if form in ("q8_0", "q4_0"):  # the library wants the last dimension in bytes
        dims = (*dims[:-1], size_in_bytes(dims[-1], form))
    stored = {"f32": np.float32, "f16": np.float16}.get(form, np.uint8)
    writer.add_tensor_info(tensor.gguf, dims, np.dtype(stored), total, kind)


def _describe(writer: "gguf.GGUFWriter", shape: Shape, quant: Format) -> None:
    import gguf

    config: dict[str, Any] = shape.config
    writer.add_name(GGUF_NAME.format(shape.name))
    writer.add_description("Random weights in a published shape: it writes gibberish at the speed of the real model")
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{quant.upper()}"])
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(int(config.get("intermediate_size") or shape.feed_forward))
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_dim)
    writer.add_value_length(shape.head_dim)
    writer.add_rope_dimension_count(shape.head_dim)
    writer.add_rope_freq_base(shape.rope_theta)
    writer.add_layer_norm_rms_eps(float(config.get("rms_norm_eps") or 1e-5))
    writer.add_vocab_size(shape.vocabulary)
    if shape.experts:
        writer.add_expert_count(shape.experts)
        writer.add_expert_used_count(shape.experts_used)
        if shape.model_type == "qwen3_moe":
            writer.add_expert_feed_forward_length(shape.feed_forward)


def _add_tokenizer(writer: "gguf.GGUFWriter", tokenizer: Tokenizer) -> None:
    import gguf

    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(list(tokenizer.tokens))
    writer.add_token_types([gguf.TokenType.NORMAL] * tokenizer.begin + [gguf.TokenType.CONTROL] * len(SPECIAL))
    writer.add_token_merges([f"{left} {right}" for left, right in tokenizer.merges])
    writer.add_bos_token_id(tokenizer.begin)
    writer.add_eos_token_id(tokenizer.end_of_turn)
    writer.add_eot_token_id(tokenizer.end_of_turn)
    writer.add_add_bos_token(False)  # the chat template writes it
    writer.add_chat_template(TEMPLATE)
