#include "corpus.h"

#include "arguments.h"
#include "key_text.h"
#include "keys.h"
#include "signal.h"
#include "view.h"

namespace wordmill::node {

CorpusOptions::CorpusOptions(const Napi::Value& value) {
  const Fields fields(value, "options");
  native.utf8 = fields.choice("invalidUtf8",
                              {{"strict", WM_UTF8_STRICT}, {"replace", WM_UTF8_REPLACE}, {"escape", WM_UTF8_ESCAPE}});
  native.threads = fields.count("threads");
  native.max_token_bytes = fields.size("maxTokenBytes");
  native.memory_limit = fields.size("memoryLimit");
  const Napi::Value folder = fields.get("temporaryFolder");
  if (!folder.IsUndefined()) {
    temporaryFolder = toPath(folder, "temporaryFolder");
    native.temporary_folder = temporaryFolder.c_str();
  }
}

Napi::Function Corpus::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Corpus::describe>("describe"),
                         InstanceMethod<&Corpus::view>("view"),
                         InstanceMethod<&Corpus::join>("join"),
                         InstanceMethod<&Corpus::text>("text"),
                         InstanceMethod("dispose", &Corpus::dispose),
                     });
}

Napi::Object Corpus::makeOf(Napi::Env env, CorpusHandle corpus) {
  wm_corpus_info about;
  wm_corpus_describe(corpus.get(), &about);
  return make(env, std::move(corpus), about.spilled ? 0 : about.stream_bytes);
}

// void wm_corpus_describe(const wm_corpus* corpus, wm_corpus_info* out);
Napi::Value Corpus::describe(const Napi::CallbackInfo& info) {
  wm_corpus_info about;
  wm_corpus_describe(use(info.Env()).get(), &about);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("tokens", fromSize(about.tokens));
  result.Set("lines", fromSize(about.lines));
  result.Set("distinct", fromSize(about.distinct));
  result.Set("inputBytes", fromSize(about.input_bytes));
  result.Set("cutTokens", fromSize(about.cut_tokens));
  result.Set("replaced", fromSize(about.replaced));
  result.Set("streamBytes", fromSize(about.stream_bytes));
  result.Set("spilled", about.spilled != 0);
  result.Set("externalIds", about.external_ids != 0);
  return result;
}

// wm_code wm_view_create(const wm_corpus* corpus, const wm_view_options* options, wm_view** out, wm_error* error);
Napi::Value Corpus::view(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CorpusHandle corpus = use(env);
  auto options = std::make_shared<ViewOptions>(info[0]);
  auto made = std::make_shared<ViewHandle>();
  Task task;
  task.length = Length::kLong;
  task.work = [corpus, options, made](wm_error* error) {
    wm_view* view = nullptr;
    const wm_code code = wm_view_create(corpus.get(), &options->native, &view, error);
    if (code == WM_OK) made->reset(view, wm_view_release);
    return code;
  };
  task.result = [made](Napi::Env e) { return View::make(e, std::move(*made)); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_corpus_join(const wm_corpus* corpus, const wm_keys* first, const wm_keys* second,
//                        const uint8_t* delimiter, uint64_t delimiter_length, const wm_signal* signal,
//                        wm_corpus** out, wm_error* error);
Napi::Value Corpus::join(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CorpusHandle corpus = use(env);
  const KeysHandle first = Keys::use(info[0], "first");
  const KeysHandle second = Keys::use(info[1], "second");
  if (wm_keys_size(first.get()) != wm_keys_size(second.get())) {
    refuse(env, "second", "expected as many keys as in first");
  }
  const KeyBytes delimiter(info[2], "delimiter");
  const std::string bytes(reinterpret_cast<const char*>(delimiter.data()), delimiter.size());
  const SignalHandle signal = Signal::orNew(info[3], "signal");
  auto made = std::make_shared<CorpusHandle>();
  Task task;
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [corpus, first, second, bytes, signal, made](wm_error* error) {
    wm_corpus* joined = nullptr;
    const wm_code code =
        wm_corpus_join(corpus.get(), first.get(), second.get(), reinterpret_cast<const uint8_t*>(bytes.data()),
                       bytes.size(), signal.get(), &joined, error);
    if (code == WM_OK) made->reset(joined, wm_corpus_release);
    return code;
  };
  task.result = [made](Napi::Env e) { return makeOf(e, std::move(*made)); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_corpus_text(const wm_corpus* corpus, uint64_t position, uint8_t* out, uint64_t capacity,
//                        uint64_t* bytes, uint64_t* next, wm_error* error);
Napi::Value Corpus::text(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CorpusHandle corpus = use(env);
  const uint64_t position = toSize(info[0], "position");
  const Span<uint8_t> out = toBytes(info[1], "out");
  struct Written {
    uint64_t bytes = 0;
    uint64_t next = 0;
  };
  auto written = std::make_shared<Written>();
  Task task;
  task.keep = {info[1]};
  task.work = [corpus, position, out, written](wm_error* error) {
    return wm_corpus_text(corpus.get(), position, out.data, out.size, &written->bytes, &written->next, error);
  };
  task.result = [written](Napi::Env e) {
    Napi::Object result = Napi::Object::New(e);
    result.Set("bytes", fromSize(written->bytes));
    result.Set("next", fromSize(written->next));
    return result;
  };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_corpus_from_ids(const uint32_t* ids, uint64_t count, const wm_keys* keys,
//                            const wm_corpus_options* options, wm_corpus** out, wm_error* error);
Napi::Value corpusFromIds(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CorpusOptions options(info[2]);
  const KeysHandle keys = Keys::use(info[1], "keys");
  const Span<uint32_t> ids = toUint32s(info[0], "ids");
  wm_corpus* corpus;
  wm_error error;
  check(env, wm_corpus_from_ids(ids.data, ids.size, keys.get(), &options.native, &corpus, &error), error);
  return Corpus::makeOf(env, CorpusHandle(corpus, wm_corpus_release));
}

}  // namespace wordmill::node
