"""The rivals of `bench/infer.ts` and `bench/cold-start.ts`: a saved model of Earshot behind FastAPI and uvicorn.

Arguments: `keras-predict` (Model.predict), `keras-call` (the model as a compiled function) or `onnxruntime`; the folder
of the model; the port. The Keras model and the ONNX graph are made of the saved weights; clips have all their frames.
"""

import json
import os
import sys

kind, folder, port = sys.argv[1:4]
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

FLOOR = 1e-7


def read_model():
    """Spec, preprocessing, label names, and the arrays by name as float32."""
    document = json.load(open(f"{folder}/model.json"))
    metadata = document["userDefinedMetadata"]["earshot"]
    [group] = document["weightsManifest"]
    data = b"".join(open(f"{folder}/{path}", "rb").read() for path in group["paths"])
    arrays, at = {}, 0
    for entry in group["weights"]:
        stored = "<f2" if "quantization" in entry else {"float32": "<f4", "int32": "<i4"}[entry["dtype"]]
        count = int(np.prod(entry["shape"], dtype=int))
        array = np.frombuffer(data, stored, count, at)
        at += array.nbytes
        arrays[entry["name"]] = array.reshape(entry["shape"]).astype(np.float32)
    return metadata, arrays


def keras_model(spec, arrays):
    import keras
    from keras import layers, ops

    model, frames, width = spec["model"], spec["maxFrames"], spec["width"]

    def dense(name, x, activation=None):
        kernel, bias = arrays[f"{name}/kernel"], arrays[f"{name}/bias"]
        layer = layers.Dense(kernel.shape[1], activation=activation, name=name)
        y = layer(x)
        layer.set_weights([kernel, bias])
        return y

    x = start = keras.Input((frames, width))
    if model["head"] == "attention-pooling-mlp":
        share = ops.softmax(dense("attend", x), axis=1)
        x = ops.reshape(ops.einsum("bth,btk->bhk", share, x), (-1, model["heads"] * width))
        for i in range(len(model["hidden"])):
            x = dense(f"hidden{i + 1}", x, "relu")
        return keras.Model(start, dense("output", x, "sigmoid"))

    def level(x, block):
        heard = dense(f"classify{block}", x, "sigmoid")
        share = ops.clip(dense(f"attend{block}", x, "softmax"), FLOOR, 1 - FLOOR)
        return ops.sum(share * heard, axis=1) / ops.sum(share, axis=1)

    second = dense("hidden2", dense("hidden1", x, "relu"), "relu")
    third = dense("hidden3", second, "relu")
    joined = ops.concatenate([level(second, "2"), level(third, "3")], axis=-1)
    return keras.Model(start, dense("output", joined, "sigmoid"))


def onnx_model(spec, arrays):
    from onnx import TensorProto, helper, numpy_helper

    model, frames, width = spec["model"], spec["maxFrames"], spec["width"]
    nodes, constants = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(value, name))
        return name

    def node(op, *inputs, **attributes):
        output = f"{op}{len(nodes)}"
        nodes.append(helper.make_node(op, list(inputs), [output], **attributes))
        return output

    def dense(name, x, activation=None):
        kernel = constant(f"{name}/kernel", arrays[f"{name}/kernel"])
        y = node("Add", node("MatMul", x, kernel), constant(f"{name}/bias", arrays[f"{name}/bias"]))
        return y if activation is None else node(activation, y)

    if model["head"] == "attention-pooling-mlp":
        share = node("Softmax", node("Transpose", dense("attend", "frames"), perm=[0, 2, 1]), axis=-1)
        shape = constant("shape", np.array([-1, model["heads"] * width], np.int64))
        x = node("Reshape", node("MatMul", share, "frames"), shape)
        for i in range(len(model["hidden"])):
            x = dense(f"hidden{i + 1}", x, "Relu")
    else:
        time = constant("time", np.array([1], np.int64))
        floor, ceiling = (constant(f"{i}", np.array(v, np.float32)) for i, v in enumerate((FLOOR, 1 - FLOOR)))

        def level(x, block):
            share = node("Clip", node("Softmax", dense(f"attend{block}", x), axis=-1), floor, ceiling)
            heard = node("Mul", share, dense(f"classify{block}", x, "Sigmoid"))
            sums = [node("ReduceSum", of, time, keepdims=0) for of in (heard, share)]
            return node("Div", *sums)

        second = dense("hidden2", dense("hidden1", "frames", "Relu"), "Relu")
        third = dense("hidden3", second, "Relu")
        x = node("Concat", level(second, "2"), level(third, "3"), axis=-1)
    nodes.append(helper.make_node("Identity", [dense("output", x, "Sigmoid")], ["probabilities"]))
    of = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["clips", *shape])
    graph = helper.make_graph(nodes, "earshot", [of("frames", frames, width)], [of("probabilities", None)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def runner():
    """`[clips, frames, width]` float32 -> probabilities."""
    if kind == "onnxruntime":
        import onnxruntime

        file = f"{folder}/model.onnx"
        if not os.path.exists(file):
            open(file, "wb").write(onnx_model(spec, read_model()[1]).SerializeToString())
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        return lambda x: session.run(["probabilities"], {"frames": x})[0]
    import keras

    file = f"{folder}/model.keras"
    if not os.path.exists(file):
        keras_model(spec, read_model()[1]).save(file)
    model = keras.saving.load_model(file)
    if kind == "keras-predict":
        return lambda x: model.predict(x, verbose=0)
    import tensorflow as tf

    shape = tf.TensorSpec((None, spec["maxFrames"], spec["width"]), tf.float32)
    call = tf.function(lambda x: model(x, training=False), input_signature=[shape])
    return lambda x: call(tf.constant(x)).numpy()


metadata = json.load(open(f"{folder}/model.json"))["userDefinedMetadata"]["earshot"]
spec, treatment, labels = metadata["spec"], metadata["preprocessing"], metadata["labels"]
names = [label["displayName"] for label in labels]
run = runner()
# As ours: warm before it answers.
run(np.zeros((1, spec["maxFrames"], spec["width"]), np.float32))


class Clip(BaseModel):
    id: str | None = None
    frames: list[list[int]]


class Asked(BaseModel):
    clips: list[Clip]
    top_k: int = 5


app = FastAPI()


# Not `async`: scoring would hold the loop that reads the other requests.
@app.post("/predict")
def predict(asked: Asked):
    frames = np.asarray([clip.frames for clip in asked.clips], np.float32)
    scores = run((frames - treatment["offset"]) * np.float32(treatment["scale"]))
    best = np.argsort(-scores, axis=1)[:, : asked.top_k]
    clips = [
        {
            "id": clip.id,
            "predictions": [
                {"label_id": labels[i]["mid"], "label": names[i], "probability": float(of[i])} for i in top
            ],
        }
        for clip, of, top in zip(asked.clips, scores, best)
    ]
    return {"clips": clips}


uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
