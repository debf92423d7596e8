"""The other side of gensim.test.ts: does one thing with gensim and prints JSON."""

import json
import sys

from gensim.models import KeyedVectors, Phrases, Word2Vec


def sentences(path):
    with open(path, encoding="utf-8") as file:
        return [line.split() for line in file]


def read(path, binary):
    vectors = KeyedVectors.load_word2vec_format(path, binary=binary)
    similar = vectors.most_similar(positive=["a1", "a2"], negative=["b1"], topn=5)
    return {
        "keys": vectors.index_to_key,
        "a1": vectors["a1"].tolist(),
        "similar": [[key, float(score)] for key, score in similar],
    }


def write(text, path, binary):
    model = Word2Vec(sentences(text), vector_size=10, min_count=1, epochs=2, workers=1, seed=3)
    model.wv.save_word2vec_format(path, binary=binary)
    return read(path, binary)


def phrases(text):
    found = Phrases(sentences(text), min_count=3, threshold=0.05, scoring="npmi").export_phrases()
    return {key: float(score) for key, score in found.items()}


def predict(inputs, outputs):
    vectors = KeyedVectors.load_word2vec_format(inputs, binary=True)
    contexts = KeyedVectors.load_word2vec_format(outputs, binary=True)
    model = Word2Vec(vector_size=vectors.vector_size, min_count=1)
    size = len(vectors.index_to_key)
    model.build_vocab_from_freq({key: size - i for i, key in enumerate(vectors.index_to_key)})
    assert model.wv.index_to_key == vectors.index_to_key
    model.wv.vectors[:] = vectors.vectors
    model.syn1neg[:] = contexts.vectors
    return [[key, float(p)] for key, p in model.predict_output_word(["a1", "b2", "a3"], topn=10)]


commands = {"read": read, "write": write, "phrases": phrases, "predict": predict}
arguments = [True if a == "true" else False if a == "false" else a for a in sys.argv[2:]]
print(json.dumps(commands[sys.argv[1]](*arguments)))
