"""The ONNX graph: rows of one table, summed. Standard operators only, in float32; no text comes in.

    logits = (sum of word rows) / sqrt(sum of the words' squared idf) + (sum of fact rows) + bias

so that a letter's length does not matter, and every word and fact has its own exact part of each logit.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from triage.domain.recommendation import PATHWAYS

Floats = npt.NDArray[np.float32]

_OPSET = 20
_IR_VERSION = 10
_CLASSES = len(PATHWAYS)


def write_graph(table: Floats, bias: Floats, path: Path) -> None:
    """`table` is [rows, classes + 1]: weights, and the squared idf of a word (0 for a fact); row 0 is nothing.

    Inputs are `words` [B, W] and `facts` [B, F], int32 and filled up with 0. Outputs are `probabilities` [B, 6], their
    `logits`, and what each row gave to each logit: `word_parts` [B, W, 6] and `fact_parts` [B, F, 6].
    """
    nodes: list[tuple[str, list[str], list[str], dict[str, Any]]] = [
        ("Gather", ["table", "words"], ["word_rows"], {}),
        ("Split", ["word_rows", "widths"], ["word_weights", "squares"], {"axis": 2}),
        ("ReduceSum", ["squares", "places"], ["square"], {"keepdims": 1}),
        ("Max", ["square", "least"], ["square_or_least"], {}),
        ("Sqrt", ["square_or_least"], ["norm"], {}),
        ("Div", ["word_weights", "norm"], ["word_parts"], {}),
        ("Gather", ["table", "facts"], ["fact_rows"], {}),
        ("Split", ["fact_rows", "widths"], ["fact_parts", "no_squares"], {"axis": 2}),
        ("ReduceSum", ["word_parts", "places"], ["of_words"], {"keepdims": 0}),
        ("ReduceSum", ["fact_parts", "places"], ["of_facts"], {"keepdims": 0}),
        ("Sum", ["of_words", "of_facts", "bias"], ["logits"], {}),
        ("Softmax", ["logits"], ["probabilities"], {"axis": 1}),
    ]
    constants: dict[str, npt.NDArray[Any]] = {
        "table": table,
        "bias": bias,
        "widths": np.array([_CLASSES, 1], np.int64),
        "places": np.array([1], np.int64),
        "least": np.array(1e-6, np.float32),
    }
    shapes: dict[str, list[str | int | None]] = {"probabilities": ["B", _CLASSES], "logits": ["B", _CLASSES]}
    shapes |= {"word_parts": ["B", "W", _CLASSES], "fact_parts": ["B", "F", _CLASSES]}
    graph = helper.make_graph(
        [helper.make_node(kind, ins, outs, **options) for kind, ins, outs, options in nodes],
        "pathway",
        [helper.make_tensor_value_info(name, TensorProto.INT32, ["B", name[0].upper()]) for name in ("words", "facts")],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))
