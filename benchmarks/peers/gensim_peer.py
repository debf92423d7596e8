"""gensim's side of the benchmarks: answers one line of JSON after the other, and times itself."""

import json
import os
import sys
import time

from gensim.models import KeyedVectors, Word2Vec
from gensim.models.word2vec import LineSentence

loaded = {}


def peak_memory():
    """Bytes of the most memory held; getrusage may give the parent's."""
    if not os.path.exists("/proc/self/status"):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def train(text, options, epochs, seed, workers, output=None):
    """Trains from a file, which is gensim's fastest way: its threads then read by themselves."""
    model = Word2Vec(epochs=epochs, seed=seed, workers=workers, **options)
    start = time.perf_counter()
    model.build_vocab(corpus_file=text)
    vocabulary_seconds = time.perf_counter() - start
    start = time.perf_counter()
    model.train(
        corpus_file=text, total_words=model.corpus_total_words, total_examples=model.corpus_count, epochs=model.epochs
    )
    seconds = time.perf_counter() - start
    if output is not None:
        model.wv.save_word2vec_format(output, binary=True)
    words = int(sum(model.wv.get_vecattr(key, "count") for key in model.wv.index_to_key))
    return {
        "vocabularySeconds": vocabulary_seconds,
        "seconds": seconds,
        "tokens": words * epochs,
        "vocabulary": len(model.wv),
        "peakMemory": peak_memory(),
    }


def vocabulary(text, how, min_count):
    """With vectors of one number, as the weights are no part of what is compared."""
    model = Word2Vec(min_count=min_count, vector_size=1)
    start = time.perf_counter()
    if how == "corpus_file":
        model.build_vocab(corpus_file=text)
    else:
        model.build_vocab(corpus_iterable=LineSentence(text))
    return {"seconds": time.perf_counter() - start, "vocabulary": len(model.wv)}


def load(vectors):
    start = time.perf_counter()
    loaded[vectors] = KeyedVectors.load_word2vec_format(vectors, binary=True)
    return {"seconds": time.perf_counter() - start}


def forget(vectors):
    loaded.pop(vectors, None)
    return {}


def of(vectors):
    if vectors not in loaded:
        load(vectors)
    return loaded[vectors]


def similar(vectors, key, topn):
    keyed = of(vectors)
    keyed.fill_norms()
    start = time.perf_counter()
    found = keyed.most_similar(key, topn=topn)
    return {"seconds": time.perf_counter() - start, "keys": [key for key, _ in found]}


def analogies(vectors, questions, restrict):
    keyed = of(vectors)
    start = time.perf_counter()
    accuracy, sections = keyed.evaluate_word_analogies(questions, restrict_vocab=restrict, case_insensitive=True)
    total = sections[-1]
    questions_asked = len(total["correct"]) + len(total["incorrect"])
    return {"seconds": time.perf_counter() - start, "accuracy": accuracy, "questions": questions_asked}


def pairs(vectors, pairs):
    _, (spearman, _), unknown = of(vectors).evaluate_word_pairs(pairs, case_insensitive=True)
    return {"spearman": spearman, "unknown": unknown}


commands = {
    "train": train,
    "vocabulary": vocabulary,
    "load": load,
    "forget": forget,
    "similar": similar,
    "analogies": analogies,
    "pairs": pairs,
}
for line in sys.stdin:
    request = json.loads(line)
    answer = commands[request.pop("do")](**request)
    print(json.dumps(answer), flush=True)
