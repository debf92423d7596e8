#include "id_builder.h"

#include "arguments.h"
#include "corpus.h"
#include "keys.h"

namespace wordmill::node {

Napi::Function IdBuilder::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&IdBuilder::append>("append"),
                         InstanceMethod<&IdBuilder::finish>("finish"),
                         InstanceMethod("dispose", &IdBuilder::dispose),
                     });
}

// wm_code wm_ids_append(wm_id_builder* builder, const uint32_t* ids, uint64_t count, wm_error* error);
Napi::Value IdBuilder::append(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle builder = use(env);
  const Span<uint32_t> ids = toUint32s(info[0], "ids");
  Task task = calls_.begin(info);
  task.keep.push_back(info[0]);
  task.work = [builder, ids](wm_error* error) { return wm_ids_append(builder.get(), ids.data, ids.size, error); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_ids_finish(wm_id_builder* builder, uint64_t input_bytes, uint64_t replaced, wm_corpus** out,
//                       wm_error* error);
Napi::Value IdBuilder::finish(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle builder = use(env);
  const uint64_t inputBytes = toSize(info[0], "inputBytes");
  const uint64_t replaced = toSize(info[1], "replaced");
  auto made = std::make_shared<CorpusHandle>();
  Task task = calls_.beginLast(info);
  task.work = [builder, inputBytes, replaced, made](wm_error* error) {
    wm_corpus* corpus = nullptr;
    const wm_code code = wm_ids_finish(builder.get(), inputBytes, replaced, &corpus, error);
    if (code == WM_OK) made->reset(corpus, wm_corpus_release);
    return code;
  };
  task.result = [made](Napi::Env e) { return Corpus::makeOf(e, std::move(*made)); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_ids_begin(const wm_keys* keys, const wm_corpus_options* options, wm_id_builder** out, wm_error* error);
Napi::Value beginIds(const Napi::CallbackInfo& info) {
  const KeysHandle keys = Keys::use(info[0], "keys");
  const CorpusOptions options(info[1]);
  wm_id_builder* builder;
  wm_error error;
  check(info.Env(), wm_ids_begin(keys.get(), &options.native, &builder, &error), error);
  return IdBuilder::make(info.Env(), IdBuilder::NativeHandle(builder, wm_id_builder_release));
}

}  // namespace wordmill::node
