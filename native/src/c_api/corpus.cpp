#include "text/corpus.h"

#include "c_api/guard.h"
#include "c_api/handles.h"
#include "runtime/parallel.h"
#include "text/corpus_builder.h"
#include "text/id_corpus_builder.h"
#include "text/keys.h"

using namespace wordmill;

/// The C handle of a builder is the builder itself.
struct wm_corpus_builder {
  explicit wm_corpus_builder(const CorpusSettings& settings) : value(settings) {}
  CorpusBuilder value;
};

struct wm_id_builder {
  wm_id_builder(const Keys& keys, const CorpusSettings& settings) : value(keys, settings) {}
  IdCorpusBuilder value;
};

namespace {

CorpusSettings settingsFrom(const wm_corpus_options* options) {
  require(options != nullptr, "options", "options must not be NULL");
  require(options->utf8 >= WM_UTF8_STRICT && options->utf8 <= WM_UTF8_ESCAPE, "utf8", "utf8 is not a wm_utf8_policy");
  // A character has up to 4 bytes, and lengths are 32-bit.
  require(options->max_token_bytes >= 4 && options->max_token_bytes <= (uint64_t{1} << 30), "maxTokenBytes",
          "maxTokenBytes must be 4 to 1073741824");
  CorpusSettings settings;
  settings.utf8 = static_cast<wm_utf8_policy>(options->utf8);
  settings.threads = resolveThreads(options->threads);
  settings.maxTokenBytes = options->max_token_bytes;
  settings.storage.memoryLimit = options->memory_limit;
  if (options->temporary_folder != nullptr) settings.storage.folder = options->temporary_folder;
  return settings;
}

CorpusBuilder& builderOf(wm_corpus_builder* builder) {
  require(builder != nullptr, "builder", "builder must not be NULL");
  return builder->value;
}

}  // namespace

wm_code wm_corpus_begin(const wm_corpus_options* options, wm_corpus_builder** out, wm_error* error) {
  return guard(error, [&] {
    require(out != nullptr, "out", "out must not be NULL");
    *out = new wm_corpus_builder(settingsFrom(options));
  });
}

wm_code wm_corpus_append(wm_corpus_builder* builder, const uint8_t* bytes, uint64_t length, wm_error* error) {
  return guard(error, [&] {
    require(length == 0 || bytes != nullptr, "bytes", "bytes must not be NULL");
    builderOf(builder).append(bytes, length);
  });
}

wm_code wm_corpus_end_input(wm_corpus_builder* builder, wm_error* error) {
  return guard(error, [&] { builderOf(builder).endInput(); });
}

wm_code wm_corpus_append_file(wm_corpus_builder* builder, const char* path, const wm_signal* signal, wm_error* error) {
  return guard(error, [&] {
    require(path != nullptr, "path", "path must not be NULL");
    builderOf(builder).appendFile(path, signal);
  });
}

wm_code wm_corpus_append_tokens(wm_corpus_builder* builder, const uint8_t* bytes, uint64_t length,
                                const uint32_t* lengths, uint64_t count, wm_error* error) {
  return guard(error, [&] {
    require(length == 0 || bytes != nullptr, "bytes", "bytes must not be NULL");
    require(count == 0 || lengths != nullptr, "lengths", "lengths must not be NULL");
    builderOf(builder).appendTokens(bytes, length, lengths, count);
  });
}

uint64_t wm_corpus_bytes_done(const wm_corpus_builder* builder) { return builder->value.bytesDone(); }

wm_code wm_corpus_finish(wm_corpus_builder* builder, const wm_signal* signal, wm_corpus** out, wm_error* error) {
  return guard(error, [&] {
    require(out != nullptr, "out", "out must not be NULL");
    *out = new wm_corpus{builderOf(builder).finish(signal)};
  });
}

void wm_corpus_builder_release(wm_corpus_builder* builder) { delete builder; }

wm_code wm_corpus_from_ids(const uint32_t* ids, uint64_t count, const wm_keys* keys, const wm_corpus_options* options,
                           wm_corpus** out, wm_error* error) {
  return guard(error, [&] {
    require(count == 0 || ids != nullptr, "ids", "ids must not be NULL");
    require(keys != nullptr, "keys", "keys must not be NULL");
    require(out != nullptr, "out", "out must not be NULL");
    IdCorpusBuilder builder(*keys->value, settingsFrom(options));
    builder.append(ids, count);
    *out = new wm_corpus{builder.finish(0, 0)};
  });
}

wm_code wm_ids_begin(const wm_keys* keys, const wm_corpus_options* options, wm_id_builder** out, wm_error* error) {
  return guard(error, [&] {
    require(keys != nullptr, "keys", "keys must not be NULL");
    require(out != nullptr, "out", "out must not be NULL");
    *out = new wm_id_builder(*keys->value, settingsFrom(options));
  });
}

wm_code wm_ids_append(wm_id_builder* builder, const uint32_t* ids, uint64_t count, wm_error* error) {
  return guard(error, [&] {
    require(builder != nullptr, "builder", "builder must not be NULL");
    require(count == 0 || ids != nullptr, "ids", "ids must not be NULL");
    builder->value.append(ids, count);
  });
}

wm_code wm_ids_finish(wm_id_builder* builder, uint64_t input_bytes, uint64_t replaced, wm_corpus** out,
                      wm_error* error) {
  return guard(error, [&] {
    require(builder != nullptr, "builder", "builder must not be NULL");
    require(out != nullptr, "out", "out must not be NULL");
    *out = new wm_corpus{builder->value.finish(input_bytes, replaced)};
  });
}

void wm_id_builder_release(wm_id_builder* builder) { delete builder; }

void wm_corpus_describe(const wm_corpus* corpus, wm_corpus_info* out) {
  const Corpus& value = *corpus->value;
  *out = wm_corpus_info{};
  out->tokens = value.tokens();
  out->lines = value.counters().lines;
  out->distinct = value.distinct();
  out->input_bytes = value.counters().inputBytes;
  out->cut_tokens = value.counters().cutTokens;
  out->replaced = value.counters().replaced;
  out->stream_bytes = value.stream().bytes();
  out->spilled = value.stream().spilled() ? 1 : 0;
  out->external_ids = value.externalIds() ? 1 : 0;
}

wm_code wm_corpus_text(const wm_corpus* corpus, uint64_t position, uint8_t* out, uint64_t capacity, uint64_t* bytes,
                       uint64_t* next, wm_error* error) {
  return guard(error, [&] {
    require(corpus != nullptr, "corpus", "corpus must not be NULL");
    require(capacity == 0 || out != nullptr, "out", "out must not be NULL");
    uint64_t written = 0;
    const uint64_t after = corpus->value->text(position, out, capacity, written);
    *bytes = written;
    *next = after;
  });
}

void wm_corpus_release(wm_corpus* corpus) { delete corpus; }
