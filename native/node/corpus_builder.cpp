#include "corpus_builder.h"

#include "arguments.h"
#include "corpus.h"
#include "signal.h"

namespace wordmill::node {

Napi::Function CorpusBuilder::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&CorpusBuilder::append>("append"),
                         InstanceMethod<&CorpusBuilder::endInput>("endInput"),
                         InstanceMethod<&CorpusBuilder::appendFile>("appendFile"),
                         InstanceMethod<&CorpusBuilder::appendTokens>("appendTokens"),
                         InstanceMethod<&CorpusBuilder::bytesDone>("bytesDone"),
                         InstanceMethod<&CorpusBuilder::finish>("finish"),
                         InstanceMethod("dispose", &CorpusBuilder::dispose),
                     });
}

// wm_code wm_corpus_append(wm_corpus_builder* builder, const uint8_t* bytes, uint64_t length, wm_error* error);
Napi::Value CorpusBuilder::append(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle builder = use(env);
  const Span<uint8_t> bytes = toBytes(info[0], "bytes");
  Task task = calls_.begin(info);
  task.keep.push_back(info[0]);
  task.work = [builder, bytes](wm_error* error) {
    return wm_corpus_append(builder.get(), bytes.data, bytes.size, error);
  };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_corpus_end_input(wm_corpus_builder* builder, wm_error* error);
Napi::Value CorpusBuilder::endInput(const Napi::CallbackInfo& info) {
  const NativeHandle builder = use(info.Env());
  Task task = calls_.begin(info);
  task.work = [builder](wm_error* error) { return wm_corpus_end_input(builder.get(), error); };
  return Addon::of(info.Env()).start(info.Env(), std::move(task));
}

// wm_code wm_corpus_append_file(wm_corpus_builder* builder, const char* path, const wm_signal* signal,
//                               wm_error* error);
Napi::Value CorpusBuilder::appendFile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle builder = use(env);
  const std::string path = toPath(info[0], "path");
  const SignalHandle signal = Signal::orNew(info[1], "signal");
  Task task = calls_.begin(info);
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [builder, path, signal](wm_error* error) {
    return wm_corpus_append_file(builder.get(), path.c_str(), signal.get(), error);
  };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_corpus_append_tokens(wm_corpus_builder* builder, const uint8_t* bytes, uint64_t length,
//                                 const uint32_t* lengths, uint64_t count, wm_error* error);
Napi::Value CorpusBuilder::appendTokens(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle builder = use(env);
  const Span<uint8_t> bytes = toBytes(info[0], "bytes");
  const Span<uint32_t> lengths = toUint32s(info[1], "lengths");
  uint64_t total = 0;
  for (uint64_t i = 0; i < lengths.size; i++) {
    if (lengths.data[i] != UINT32_MAX) total += lengths.data[i];
  }
  if (total != bytes.size) {
    refuse(env, "lengths",
           "they sum to " + std::to_string(total) + " bytes, but " + std::to_string(bytes.size) + " were given");
  }
  Task task = calls_.begin(info);
  task.keep.insert(task.keep.end(), {info[0], info[1]});
  task.work = [builder, bytes, lengths](wm_error* error) {
    return wm_corpus_append_tokens(builder.get(), bytes.data, bytes.size, lengths.data, lengths.size, error);
  };
  return Addon::of(env).start(env, std::move(task));
}

// uint64_t wm_corpus_bytes_done(const wm_corpus_builder* builder);
Napi::Value CorpusBuilder::bytesDone(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), fromSize(wm_corpus_bytes_done(use(info.Env()).get())));
}

// wm_code wm_corpus_finish(wm_corpus_builder* builder, const wm_signal* signal, wm_corpus** out, wm_error* error);
Napi::Value CorpusBuilder::finish(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle builder = use(env);
  const SignalHandle signal = Signal::orNew(info[0], "signal");
  auto made = std::make_shared<CorpusHandle>();
  Task task = calls_.beginLast(info);
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [builder, signal, made](wm_error* error) {
    wm_corpus* corpus = nullptr;
    const wm_code code = wm_corpus_finish(builder.get(), signal.get(), &corpus, error);
    if (code == WM_OK) made->reset(corpus, wm_corpus_release);
    return code;
  };
  task.result = [made](Napi::Env e) { return Corpus::makeOf(e, std::move(*made)); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_corpus_begin(const wm_corpus_options* options, wm_corpus_builder** out, wm_error* error);
Napi::Value beginCorpus(const Napi::CallbackInfo& info) {
  const CorpusOptions options(info[0]);
  wm_corpus_builder* builder;
  wm_error error;
  check(info.Env(), wm_corpus_begin(&options.native, &builder, &error), error);
  return CorpusBuilder::make(info.Env(), CorpusBuilder::NativeHandle(builder, wm_corpus_builder_release));
}

}  // namespace wordmill::node
