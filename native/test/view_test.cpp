// What an algorithm sees of a corpus: vocabulary, sentences, segments.
#include <algorithm>
#include <random>

#include "corpus_fixture.h"

namespace {

constexpr uint32_t end = UINT32_MAX;

const std::string sample = "a a a a b b b c c d\nb c </s> d e\n\na b\n";  // a:5 b:5 c:3 d:2 </s>:1 e:1, 4 lines

wm_view_info infoOf(const Owned<wm_view>& view) {
  wm_view_info info;
  wm_view_describe(view.get(), &info);
  return info;
}

std::vector<uint32_t> read(const Owned<wm_view>& view, uint64_t first, uint64_t count) {
  uint64_t n = 0;
  wm_error error;
  const wm_code code = wm_view_read(view.get(), first, count, nullptr, &n, &error);
  CHECK_EQUAL(code, n == 0 ? WM_OK : WM_ERR_LIMIT);
  std::vector<uint32_t> rows(n);
  CHECK_EQUAL(wm_view_read(view.get(), first, count, rows.data(), &n, &error), WM_OK);
  CHECK_EQUAL(n, rows.size());
  return rows;
}

/// The sentences as text, one in each pair of brackets.
std::string sentencesOf(const Owned<wm_view>& view) {
  const std::vector<std::string> words = wordsOf(wm_view_keys(view.get()));
  std::string text = "[";
  for (const uint32_t row : read(view, 0, infoOf(view).segments)) {
    if (row == end) {
      text += "][";
    } else {
      text += text.back() == '[' ? words[row] : ' ' + words[row];
    }
  }
  text.pop_back();
  return text;
}

wm_code tryView(const Owned<wm_corpus>& corpus, const wm_view_options& options, wm_error& error) {
  wm_view* view = nullptr;
  const wm_code code = wm_view_create(corpus.get(), &options, &view, &error);
  const Owned<wm_view> owner(view);
  CHECK((code == WM_OK) == (view != nullptr));
  return code;
}

void prunesByCount() {
  const Owned<wm_corpus> corpus = corpusOf(sample);
  wm_view_options options = viewOptions();
  options.min_count = 2;
  Owned<wm_view> view = viewOf(corpus, options);
  CHECK_EQUAL(vocabularyOf(view), "a:5 b:5 c:3 d:2");
  CHECK_EQUAL(sentencesOf(view), "[a a a a b b b c c d][b c d][a b]");
  CHECK_EQUAL(infoOf(view).tokens, 15U);
  CHECK_EQUAL(infoOf(view).sentences, 3U);
  CHECK_EQUAL(infoOf(view).dropped_words, 2U);
  CHECK_EQUAL(infoOf(view).segments, 1U);
  CHECK_EQUAL(infoOf(view).blocks, 1U);

  options.min_count = 0;
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "a:5 b:5 c:3 d:2 </s>:1 e:1");
  options.max_vocabulary = 3;
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "a:5 b:5 c:3");

  options.min_count = 6;
  wm_error error;
  CHECK_EQUAL(tryView(corpus, options, error), WM_ERR_CORPUS);
}

void keepsAndDrops() {
  const Owned<wm_corpus> corpus = corpusOf(sample);
  const Owned<wm_keys> keep = keysOf({"e", "absent"});
  const Owned<wm_keys> drop = keysOf({"b", "missing"});
  wm_view_options options = viewOptions();
  options.min_count = 3;
  options.keep = keep.get();
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "a:5 b:5 c:3 e:1");
  options.drop = drop.get();
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "a:5 c:3 e:1");
  // A kept word takes one of the places.
  options.max_vocabulary = 2;
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "a:5 e:1");
  options.drop = keep.get();
  wm_error error;
  CHECK_EQUAL(tryView(corpus, options, error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "keep");
}

void countsLineEnds() {
  const Owned<wm_corpus> corpus = corpusOf(sample);
  wm_view_options options = viewOptions();
  options.min_count = 3;
  options.line_end_token = 1;
  const Owned<wm_view> view = viewOf(corpus, options);
  // A literal one is the same word.
  CHECK_EQUAL(vocabularyOf(view), "</s>:5 a:5 b:5 c:3");
  CHECK_EQUAL(sentencesOf(view), "[a a a a b b b c c </s>][b c </s> </s>][</s>][a b </s>]");
  CHECK_EQUAL(infoOf(view).tokens, 18U);
  CHECK_EQUAL(infoOf(view).dropped_words, 2U);
  options.max_vocabulary = 2;
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "</s>:5 a:5");
  // Line ends alone are nothing to learn from.
  options.min_count = 100;
  wm_error error;
  CHECK_EQUAL(tryView(corpus, options, error), WM_ERR_CORPUS);
}

void cutsSentences() {
  const Owned<wm_corpus> corpus = corpusOf("a b c d e f\ng h\ni j k");
  wm_view_options options = viewOptions();
  options.max_sentence_length = 3;
  CHECK_EQUAL(sentencesOf(viewOf(corpus, options)), "[a b c][d e f][g h][i j k]");
  options.max_sentence_length = 4;
  CHECK_EQUAL(sentencesOf(viewOf(corpus, options)), "[a b c d][e f][g h][i j k]");
  options.sentence = WM_SENTENCE_FIXED;
  CHECK_EQUAL(sentencesOf(viewOf(corpus, options)), "[a b c d][e f g h][i j k]");
  options.line_end_token = 1;
  CHECK_EQUAL(sentencesOf(viewOf(corpus, options)), "[a b c d][e f </s> g][h </s> i j][k </s>]");
}

void usesAGivenVocabulary() {
  const Owned<wm_corpus> corpus = corpusOf(sample);
  const Owned<wm_keys> vocabulary = keysOf({"zebra", "c", "a", "c"});
  wm_view_options options = viewOptions();
  options.min_count = 100;
  options.vocabulary = vocabulary.get();
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "zebra:0 c:3 a:5 c:0");
  CHECK_EQUAL(infoOf(viewOf(corpus, options)).dropped_words, 4U);
  CHECK_EQUAL(sentencesOf(viewOf(corpus, options)), "[a a a a c c][c][a]");
  const uint64_t counts[] = {7, 8, 9, 10};
  options.vocabulary_counts = counts;
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "zebra:7 c:8 a:9 c:10");

  const Owned<wm_keys> withLineEnd = keysOf({"a", "</s>"});
  options.vocabulary = withLineEnd.get();
  options.vocabulary_counts = nullptr;
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "a:5 </s>:1");
  options.line_end_token = 1;
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "a:5 </s>:5");
  CHECK_EQUAL(sentencesOf(viewOf(corpus, options)), "[a a a a </s>][</s> </s>][</s>][a </s>]");

  const Owned<wm_keys> foreign = keysOf({"x", "y"});
  options = viewOptions();
  options.vocabulary = foreign.get();
  wm_error error;
  CHECK_EQUAL(tryView(corpus, options, error), WM_ERR_CORPUS);
}

void neverRenumbersGivenIds() {
  const Owned<wm_keys> keys = keysOf({"zero", "one", "two", "three", "four"});
  const std::vector<uint32_t> ids = {3, 1, end, 4, 3, 2, 1, 3, 4};
  const wm_corpus_options reading = corpusOptions();
  wm_corpus* handle = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_corpus_from_ids(ids.data(), ids.size(), keys.get(), &reading, &handle, &error), WM_OK);
  const Owned<wm_corpus> corpus(handle);
  wm_view_options options = viewOptions();
  options.min_count = 2;
  const Owned<wm_view> view = viewOf(corpus, options);
  CHECK_EQUAL(vocabularyOf(view), "zero:0 one:2 two:0 three:3 four:2");
  CHECK_EQUAL(sentencesOf(view), "[three one][four three one three four]");
  CHECK_EQUAL(infoOf(view).dropped_words, 1U);
  // Of words of one frequency, the first by its bytes stays.
  options.max_vocabulary = 2;
  CHECK_EQUAL(vocabularyOf(viewOf(corpus, options)), "zero:0 one:0 two:0 three:3 four:2");
  options.line_end_token = 1;
  CHECK_EQUAL(tryView(corpus, options, error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "lineEndToken");
}

void outlivesItsCorpus() {
  Owned<wm_corpus> corpus = corpusOf(sample);
  const Owned<wm_view> view = viewOf(corpus);
  corpus.reset();
  CHECK_EQUAL(sentencesOf(view), "[a a a a b b b c c d][b c </s> d e][a b]");
}

void refusesBadOptions() {
  const Owned<wm_corpus> corpus = corpusOf(sample);
  wm_error error;
  wm_view_options options = viewOptions();
  options.max_sentence_length = 0;
  CHECK_EQUAL(tryView(corpus, options, error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "maxSentenceLength");
  options.max_sentence_length = 1048577;
  CHECK_EQUAL(tryView(corpus, options, error), WM_ERR_OPTION);
  options = viewOptions();
  options.sentence = 2;
  CHECK_EQUAL(tryView(corpus, options, error), WM_ERR_OPTION);
  const Owned<wm_view> view = viewOf(corpus);
  uint64_t n = 0;
  CHECK_EQUAL(wm_view_read(view.get(), 1, 1, nullptr, &n, &error), WM_ERR_OPTION);
}

/// Random text under all policies, sentence by sentence, against a plain loop over its lines.
void segmentsHoldAllSentences() {
  std::mt19937 random(3);
  std::vector<std::vector<std::string>> lines;
  std::string text;
  for (int i = 0; i < 12000; ++i) {
    lines.emplace_back();
    const size_t length = random() % 100 == 0 ? 3000 : random() % 12;
    for (size_t k = 0; k < length; ++k) {
      // Rare words beside frequent ones.
      lines.back().push_back(std::to_string(random() % (1 + random() % 5000)));
      text += lines.back().back() + ' ';
    }
    text += '\n';
  }
  const Owned<wm_corpus> corpus = corpusOf(text);
  for (const int32_t policy : {WM_SENTENCE_LINE, WM_SENTENCE_FIXED}) {
    for (const uint32_t longest : {1U, 7U, 1000U, 100000U}) {
      for (const int32_t lineEndToken : {0, 1}) {
        wm_view_options options = viewOptions();
        options.min_count = 20;
        options.sentence = policy;
        options.max_sentence_length = longest;
        options.line_end_token = lineEndToken;
        const Owned<wm_view> view = viewOf(corpus, options);
        std::vector<uint32_t> expected;
        size_t begin = 0;
        const auto endSentence = [&] {
          if (expected.size() == begin) return;
          expected.push_back(end);
          begin = expected.size();
        };
        const auto add = [&](const std::string& word) {
          const int64_t row = wm_keys_find(wm_view_keys(view.get()), bytesOf(word), word.size());
          if (row >= 0) expected.push_back(static_cast<uint32_t>(row));
          if (expected.size() - begin == longest) endSentence();
        };
        for (const std::vector<std::string>& line : lines) {
          for (const std::string& word : line) add(word);
          if (lineEndToken != 0) add("</s>");
          if (policy == WM_SENTENCE_LINE) endSentence();
        }
        endSentence();

        const wm_view_info info = infoOf(view);
        CHECK(read(view, 0, info.segments) == expected);
        CHECK_EQUAL(info.tokens + info.sentences, expected.size());
        CHECK_EQUAL(info.blocks, (info.segments + 15) / 16);
        std::vector<uint32_t> joined;
        for (uint64_t i = 0; i < info.segments; ++i) {
          const std::vector<uint32_t> segment = read(view, i, 1);
          const uint64_t sentences = static_cast<uint64_t>(std::count(segment.begin(), segment.end(), end));
          // About 16384 tokens: no less but for the last one, no more than the sentence that crosses it brings.
          const uint64_t tokens = segment.size() - sentences;
          CHECK(tokens >= 16384 || i + 1 == info.segments);
          CHECK(tokens < 16384 + longest);
          joined.insert(joined.end(), segment.begin(), segment.end());
        }
        CHECK(joined == expected);
      }
    }
  }
}

}  // namespace

int main() {
  prunesByCount();
  keepsAndDrops();
  countsLineEnds();
  cutsSentences();
  usesAGivenVocabulary();
  neverRenumbersGivenIds();
  outlivesItsCorpus();
  refusesBadOptions();
  segmentsHoldAllSentences();
  return checkResult();
}
