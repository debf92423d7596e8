// Corpora and key sets for the tests of the text side.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "wordmill.h"

struct Release {
  void operator()(wm_corpus_builder* handle) const { wm_corpus_builder_release(handle); }
  void operator()(wm_id_builder* handle) const { wm_id_builder_release(handle); }
  void operator()(wm_corpus* handle) const { wm_corpus_release(handle); }
  void operator()(wm_view* handle) const { wm_view_release(handle); }
  void operator()(wm_keys* handle) const { wm_keys_release(handle); }
  void operator()(wm_signal* handle) const { wm_signal_release(handle); }
  void operator()(wm_table* handle) const { wm_table_release(handle); }
  void operator()(wm_decoder* handle) const { wm_decoder_release(handle); }
  void operator()(wm_cooccurrence* handle) const { wm_cooccurrence_release(handle); }
  void operator()(wm_records* handle) const { wm_records_release(handle); }
  void operator()(wm_examples* handle) const { wm_examples_release(handle); }
  void operator()(wm_classifier* handle) const { wm_classifier_release(handle); }
  void operator()(wm_subwords* handle) const { wm_subwords_release(handle); }
  void operator()(wm_job* handle) const { wm_job_release(handle); }
  void operator()(wm_record_reader* handle) const { wm_record_reader_release(handle); }
};
template <typename Handle>
using Owned = std::unique_ptr<Handle, Release>;

inline const uint8_t* bytesOf(const std::string& text) { return reinterpret_cast<const uint8_t*>(text.data()); }

inline wm_corpus_options corpusOptions(uint32_t threads = 2) {
  wm_corpus_options options{};
  options.utf8 = WM_UTF8_STRICT;
  options.threads = threads;
  options.max_token_bytes = 1000;
  return options;
}

inline Owned<wm_corpus_builder> begin(const wm_corpus_options& options) {
  wm_corpus_builder* builder = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_corpus_begin(&options, &builder, &error), WM_OK);
  return Owned<wm_corpus_builder>(builder);
}

inline Owned<wm_corpus> finish(const Owned<wm_corpus_builder>& builder) {
  wm_corpus* corpus = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_corpus_finish(builder.get(), nullptr, &corpus, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  return Owned<wm_corpus>(corpus);
}

inline Owned<wm_corpus> corpusOf(const std::string& text, const wm_corpus_options& options = corpusOptions()) {
  const Owned<wm_corpus_builder> builder = begin(options);
  wm_error error;
  CHECK_EQUAL(wm_corpus_append(builder.get(), bytesOf(text), text.size(), &error), WM_OK);
  return finish(builder);
}

inline Owned<wm_keys> keysOf(const std::vector<std::string>& words) {
  std::string bytes;
  std::vector<uint64_t> offsets{0};
  for (const std::string& word : words) offsets.push_back((bytes += word).size());
  wm_keys* keys = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_keys_create(bytesOf(bytes), offsets.data(), words.size(), &keys, &error), WM_OK);
  return Owned<wm_keys>(keys);
}

inline std::vector<std::string> wordsOf(const wm_keys* keys) {
  std::vector<std::string> words;
  for (uint64_t row = 0; row < wm_keys_size(keys); ++row) {
    const uint8_t* bytes = nullptr;
    uint64_t length = 0;
    CHECK_EQUAL(wm_keys_at(keys, row, &bytes, &length, nullptr), WM_OK);
    words.emplace_back(reinterpret_cast<const char*>(bytes), length);
  }
  return words;
}

inline wm_corpus_info infoOf(const Owned<wm_corpus>& corpus) {
  wm_corpus_info info;
  wm_corpus_describe(corpus.get(), &info);
  return info;
}

/// The whole corpus as text, fetched in small portions.
inline std::string textOf(const Owned<wm_corpus>& corpus, uint64_t capacity = 1 << 16) {
  std::string text;
  std::vector<uint8_t> buffer(capacity);
  uint64_t position = 0;
  const uint64_t end = infoOf(corpus).stream_bytes / 4;
  while (position < end) {
    uint64_t bytes = 0;
    wm_error error;
    if (!CHECK_EQUAL(wm_corpus_text(corpus.get(), position, buffer.data(), capacity, &bytes, &position, &error),
                     WM_OK)) {
      break;
    }
    text.append(reinterpret_cast<const char*>(buffer.data()), bytes);
  }
  return text;
}

inline wm_view_options viewOptions() {
  wm_view_options options{};
  options.min_count = 1;
  options.sentence = WM_SENTENCE_LINE;
  options.max_sentence_length = 1000;
  return options;
}

inline Owned<wm_view> viewOf(const Owned<wm_corpus>& corpus, const wm_view_options& options = viewOptions()) {
  wm_view* view = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_view_create(corpus.get(), &options, &view, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  return Owned<wm_view>(view);
}

/// "word:count word:count ..." in the order of the rows.
inline std::string vocabularyOf(const Owned<wm_view>& view) {
  std::string text;
  const std::vector<std::string> words = wordsOf(wm_view_keys(view.get()));
  for (size_t row = 0; row < words.size(); ++row) {
    if (row > 0) text += ' ';
    text += words[row] + ':' + std::to_string(wm_view_counts(view.get())[row]);
  }
  return text;
}
