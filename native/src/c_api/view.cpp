#include "text/view.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "c_api/guard.h"
#include "c_api/handles.h"
#include "text/chunk.h"
#include "text/corpus.h"
#include "text/keys.h"

using namespace wordmill;

namespace {

ViewRules rulesFrom(const wm_view_options* options) {
  require(options != nullptr, "options", "options must not be NULL");
  require(options->sentence == WM_SENTENCE_LINE || options->sentence == WM_SENTENCE_FIXED, "sentence",
          "sentence is not a wm_sentence_policy");
  require(options->max_sentence_length >= 1 && options->max_sentence_length <= 1048576, "maxSentenceLength",
          "maxSentenceLength must be 1 to 1048576");
  require(options->vocabulary_counts == nullptr || options->vocabulary != nullptr, "vocabularyCounts",
          "vocabularyCounts needs a vocabulary");
  ViewRules rules;
  rules.minCount = options->min_count;
  rules.maxVocabulary = options->max_vocabulary;
  rules.sentence = static_cast<wm_sentence_policy>(options->sentence);
  rules.maxSentenceLength = options->max_sentence_length;
  rules.lineEndToken = options->line_end_token != 0;
  if (options->keep != nullptr) rules.keep = options->keep->value;
  if (options->drop != nullptr) rules.drop = options->drop->value;
  if (options->vocabulary != nullptr) rules.vocabulary = options->vocabulary->value;
  rules.vocabularyCounts = options->vocabulary_counts;
  return rules;
}

}  // namespace

wm_code wm_view_create(const wm_corpus* corpus, const wm_view_options* options, wm_view** out, wm_error* error) {
  return guard(error, [&] {
    require(corpus != nullptr, "corpus", "corpus must not be NULL");
    require(out != nullptr, "out", "out must not be NULL");
    std::shared_ptr<const View> view = View::create(corpus->value, rulesFrom(options));
    *out = new wm_view{view, wm_keys{view->keys()}};
  });
}

void wm_view_describe(const wm_view* view, wm_view_info* out) {
  const View& value = *view->value;
  out->rows = value.rows();
  out->tokens = value.tokens();
  out->sentences = value.sentences();
  out->dropped_words = value.droppedWords();
  out->segments = value.segments().size();
  out->blocks = value.blocks();
}

const wm_keys* wm_view_keys(const wm_view* view) { return &view->keys; }

const uint64_t* wm_view_counts(const wm_view* view) { return view->value->counts().data(); }

wm_code wm_view_read(const wm_view* view, uint64_t first_segment, uint64_t count, uint32_t* out, uint64_t* n,
                     wm_error* error) {
  return guard(error, [&] {
    require(view != nullptr, "view", "view must not be NULL");
    require(n != nullptr, "n", "n must not be NULL");
    const std::vector<View::Segment>& segments = view->value->segments();
    require(first_segment <= segments.size() && count <= segments.size() - first_segment, "segment",
            "the view has not so many segments");
    uint64_t needed = 0;
    for (uint64_t i = 0; i < count; ++i) {
      needed += segments[first_segment + i].tokens + segments[first_segment + i].sentences;
    }
    const uint64_t capacity = std::exchange(*n, needed);
    if (needed > capacity) {
      throw Error(WM_ERR_LIMIT, "these segments need room for " + std::to_string(needed) + " ids");
    }
    require(needed == 0 || out != nullptr, "out", "out must not be NULL");
    std::vector<uint32_t> sentence;
    for (uint64_t i = 0; i < count; ++i) {
      SentenceReader reader(*view->value, segments[first_segment + i]);
      while (reader.next(sentence)) {
        out = std::copy(sentence.begin(), sentence.end(), out);
        *out++ = lineEnd;
      }
    }
  });
}

void wm_view_release(wm_view* view) { delete view; }
