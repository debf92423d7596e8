// Counting pairs of words, and joining them.
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "corpus_fixture.h"

namespace {

std::vector<wm_bigram> bigramsOf(const Owned<wm_view>& view, uint64_t minCount, uint32_t threads = 2) {
  wm_bigram* bigrams = nullptr;
  uint64_t count = 0;
  wm_error error;
  CHECK_EQUAL(wm_bigrams_count(view.get(), minCount, threads, nullptr, &bigrams, &count, &error), WM_OK);
  const std::vector<wm_bigram> result(bigrams, bigrams + count);
  wm_bigrams_release(bigrams);
  return result;
}

std::string describe(const Owned<wm_view>& view, const std::vector<wm_bigram>& bigrams) {
  const std::vector<std::string> words = wordsOf(wm_view_keys(view.get()));
  std::string text;
  for (const wm_bigram& bigram : bigrams) {
    text += words[bigram.first] + '+' + words[bigram.second] + ':' + std::to_string(bigram.count) + ' ';
  }
  return text;
}

Owned<wm_corpus> join(const Owned<wm_corpus>& corpus, const std::vector<std::string>& first,
                      const std::vector<std::string>& second, const std::string& delimiter = "_") {
  const Owned<wm_keys> a = keysOf(first);
  const Owned<wm_keys> b = keysOf(second);
  wm_corpus* joined = nullptr;
  wm_error error;
  CHECK_EQUAL(
      wm_corpus_join(corpus.get(), a.get(), b.get(), bytesOf(delimiter), delimiter.size(), nullptr, &joined, &error),
      WM_OK);
  return Owned<wm_corpus>(joined);
}

void countsNeighbours() {
  const Owned<wm_corpus> corpus = corpusOf("a b a b\nb a rare a b\na\n\nb b b\n");
  wm_view_options options = viewOptions();
  const Owned<wm_view> all = viewOf(corpus, options);
  // Pairs do not cross lines.
  CHECK_EQUAL(vocabularyOf(all), "b:7 a:5 rare:1");
  CHECK_EQUAL(describe(all, bigramsOf(all, 1)), "b+b:2 b+a:2 a+b:3 a+rare:1 rare+a:1 ");
  CHECK_EQUAL(describe(all, bigramsOf(all, 2)), "b+b:2 b+a:2 a+b:3 ");
  CHECK(bigramsOf(all, 4).empty());
  // A pruned word does not bring its neighbours together; sentence limits do not matter.
  options.min_count = 2;
  options.max_sentence_length = 1;
  options.sentence = WM_SENTENCE_FIXED;
  options.line_end_token = 1;
  const Owned<wm_view> pruned = viewOf(corpus, options);
  CHECK_EQUAL(describe(pruned, bigramsOf(pruned, 1)), "b+b:2 b+a:2 a+b:3 ");
}

void countsLikeAPlainMap() {
  std::mt19937 random(5);
  std::string text;
  for (int i = 0; i < 400000; ++i) {
    text += std::to_string(random() % (1 + random() % 3000)) + (random() % 15 == 0 ? "\n" : " ");
  }
  const Owned<wm_corpus> corpus = corpusOf(text);
  wm_view_options options = viewOptions();
  options.min_count = 10;
  const Owned<wm_view> view = viewOf(corpus, options);
  std::map<std::pair<int64_t, int64_t>, uint64_t> expected;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    int64_t previous = -1;
    for (std::string word; words >> word;) {
      const int64_t row = wm_keys_find(wm_view_keys(view.get()), bytesOf(word), word.size());
      if (previous >= 0 && row >= 0) ++expected[{previous, row}];
      previous = row;
    }
  }
  for (const uint32_t threads : {1U, 2U, 7U}) {
    for (const uint64_t minCount : {1U, 3U}) {
      uint64_t wrong = 0;
      const std::vector<wm_bigram> actual = bigramsOf(view, minCount, threads);
      auto next = actual.begin();
      for (const auto& [pair, count] : expected) {
        if (count < minCount) continue;
        if (next == actual.end()) {
          ++wrong;
          break;
        }
        wrong += next->first != pair.first || next->second != pair.second || next->count != count;
        ++next;
      }
      CHECK_EQUAL(wrong, 0U);
      CHECK(next == actual.end());
    }
  }
}

void joinsFromLeftToRight() {
  const Owned<wm_corpus> corpus = corpusOf("new york city new\nyork new york\nnew new new york\n\na b a b a");
  const Owned<wm_corpus> joined = join(corpus, {"new", "york", "new", "a", "b"}, {"york", "city", "new", "b", "a"});
  CHECK_EQUAL(textOf(joined), "new_york city new\nyork new_york\nnew_new new_york\n\na_b a_b a\n");
  CHECK_EQUAL(vocabularyOf(viewOf(joined)), "new_york:3 a_b:2 a:1 city:1 new:1 new_new:1 york:1");
  const wm_corpus_info info = infoOf(joined);
  CHECK_EQUAL(info.tokens, 10U);
  CHECK_EQUAL(info.lines, 5U);
  CHECK_EQUAL(info.distinct, 7U);
  CHECK_EQUAL(info.input_bytes, infoOf(corpus).input_bytes);
  // A second pass joins what the first one made.
  CHECK_EQUAL(textOf(join(joined, {"new_york"}, {"city"}, "-")),
              "new_york-city new\nyork new_york\nnew_new new_york\n\na_b a_b a\n");
  // The old one is untouched, and unknown pairs change nothing.
  CHECK_EQUAL(textOf(join(corpus, {"york", "x"}, {"york", "y"})), textOf(corpus));
}

void joinedTokensMayExist() {
  const Owned<wm_corpus> corpus = corpusOf("a_b a b a_b");
  CHECK_EQUAL(vocabularyOf(viewOf(join(corpus, {"a", "a"}, {"b", "b"}))), "a_b:3");
}

void joinsGivenIds() {
  // The second "a" is a key that is hidden by the first.
  const Owned<wm_keys> keys = keysOf({"a", "b", "a", "never"});
  const std::vector<uint32_t> ids = {0, 1, 2, 1, UINT32_MAX, 1};
  const wm_corpus_options options = corpusOptions();
  wm_corpus* handle = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_corpus_from_ids(ids.data(), ids.size(), keys.get(), &options, &handle, &error), WM_OK);
  const Owned<wm_corpus> joined = join(Owned<wm_corpus>(handle), {"a"}, {"b"});
  CHECK_EQUAL(vocabularyOf(viewOf(joined)), "a_b:2 b:1");
  CHECK_EQUAL(infoOf(joined).external_ids, 0);
}

void refusesUnequalLists() {
  const Owned<wm_corpus> corpus = corpusOf("a b");
  const Owned<wm_keys> one = keysOf({"a"});
  const Owned<wm_keys> two = keysOf({"a", "b"});
  wm_corpus* joined = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_corpus_join(corpus.get(), one.get(), two.get(), bytesOf("_"), 1, nullptr, &joined, &error),
              WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "second");
}

void canBeCancelled() {
  const Owned<wm_corpus> corpus = corpusOf("a b a b");
  const Owned<wm_view> view = viewOf(corpus);
  const Owned<wm_keys> keys = keysOf({"a"});
  wm_signal* handle = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_signal_create(&handle, &error), WM_OK);
  const Owned<wm_signal> signal(handle);
  wm_signal_raise(signal.get());
  wm_bigram* bigrams = nullptr;
  uint64_t count = 0;
  CHECK_EQUAL(wm_bigrams_count(view.get(), 1, 1, signal.get(), &bigrams, &count, &error), WM_ERR_CANCELLED);
  wm_corpus* joined = nullptr;
  CHECK_EQUAL(wm_corpus_join(corpus.get(), keys.get(), keys.get(), bytesOf("_"), 1, signal.get(), &joined, &error),
              WM_ERR_CANCELLED);
}

}  // namespace

int main() {
  countsNeighbours();
  countsLikeAPlainMap();
  joinsFromLeftToRight();
  joinedTokensMayExist();
  joinsGivenIds();
  refusesUnequalLists();
  canBeCancelled();
  return checkResult();
}
