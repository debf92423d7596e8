"""What gensim makes of vectors that it is given, as JSON; and files as gensim and NumPy write them."""

import json
import logging
import sys

import numpy
from gensim.models import KeyedVectors

logging.disable(logging.CRITICAL)


def pairs(found):
    return [[key, float(score)] for key, score in found]


def queries(path, questions, judgements):
    kv = KeyedVectors.load_word2vec_format(path, binary=path.endswith(".bin"))
    words = ["w1", "w2", "w3", "w4", "w5"]
    accuracy, sections = kv.evaluate_word_analogies(questions, restrict_vocab=100)
    pearson, spearman, oov = kv.evaluate_word_pairs(judgements)
    return {
        "similar": pairs(kv.most_similar(positive=["w1", ("w2", 0.5)], negative=["w3"], topn=7)),
        "restricted": pairs(kv.most_similar("w9", topn=5, restrict_vocab=40)),
        "cosmul": pairs(kv.most_similar_cosmul(positive=["w1", "w2"], negative=["w3"], topn=7)),
        "similarity": float(kv.similarity("w1", "w2")),
        "nSimilarity": float(kv.n_similarity(["w1", "w2"], ["w3", "w4", "w5"])),
        "mean": kv.get_mean_vector(words + ["nowhere"], weights=[1, 2, -3, 0.5, 1, 9]).tolist(),
        "doesntMatch": kv.doesnt_match(words),
        "rank": int(kv.rank("w1", "w2")),
        "closer": kv.closer_than("w1", "w2"),
        "relative": float(kv.relative_cosine_similarity("w1", "w2")),
        "analogies": [accuracy] + [[len(s["correct"]), len(s["incorrect"])] for s in sections],
        "pairs": [float(pearson[0]), float(pearson[1]), float(spearman[0]), float(spearman[1]), oov],
    }


def write(source, target):
    kv = KeyedVectors.load_word2vec_format(source, binary=True)
    kv.save(target + ".kv")
    kv.save_word2vec_format(target + ".bin", binary=True)
    kv.save_word2vec_format(target + ".txt", binary=False)
    kv.save_word2vec_format(target + ".txt.gz", binary=False)
    for kind in ("f2", "f4", "f8"):
        name = f"{target}.{kind}.npy"
        numpy.save(name, kv.vectors.astype(kind))
        with open(name + ".words", "w", encoding="utf-8") as words:
            words.writelines(key + "\n" for key in kv.index_to_key)
    numpy.save(f"{target}.column.npy", numpy.asfortranarray(kv.vectors))


def matrix(path):
    values = numpy.load(path, mmap_mode="r")
    return {"dtype": str(values.dtype), "shape": list(values.shape), "sum": float(values.astype("f8").sum())}


def read(*paths):
    found = {}
    for path in paths:
        kv = KeyedVectors.load_word2vec_format(path, binary=".bin" in path)
        found[path] = {"keys": list(kv.index_to_key), "sum": float(kv.vectors.astype("f8").sum())}
    return found


print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
