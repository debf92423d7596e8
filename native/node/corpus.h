#pragma once

#include "handle.h"

namespace wordmill::node {

using CorpusHandle = std::shared_ptr<wm_corpus>;

class Corpus : public Handle<Corpus, wm_corpus> {
 public:
  static constexpr ClassId kId = ClassId::kCorpus;
  static constexpr const char* kName = "Corpus";
  static constexpr napi_type_tag kTag = {0x7d39b2e41fa85c06, 0xd5f083176ce94ba2};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);
  static Napi::Object makeOf(Napi::Env env, CorpusHandle corpus);

 private:
  Napi::Value describe(const Napi::CallbackInfo& info);
  Napi::Value view(const Napi::CallbackInfo& info);
  Napi::Value join(const Napi::CallbackInfo& info);
  Napi::Value text(const Napi::CallbackInfo& info);
};

/// CorpusOptions of binding.ts. Not copied: `native` points into it.
struct CorpusOptions {
  explicit CorpusOptions(const Napi::Value& value);
  CorpusOptions(const CorpusOptions&) = delete;

  std::string temporaryFolder;
  wm_corpus_options native{};
};

Napi::Value corpusFromIds(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
