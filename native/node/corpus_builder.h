#pragma once

#include "builder_calls.h"
#include "handle.h"

namespace wordmill::node {

class CorpusBuilder : public Handle<CorpusBuilder, wm_corpus_builder> {
 public:
  static constexpr ClassId kId = ClassId::kCorpusBuilder;
  static constexpr const char* kName = "CorpusBuilder";
  static constexpr napi_type_tag kTag = {0xc81f5a60d3e94b27, 0x4f972be6a05c8d13};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);

 private:
  Napi::Value append(const Napi::CallbackInfo& info);
  Napi::Value endInput(const Napi::CallbackInfo& info);
  Napi::Value appendFile(const Napi::CallbackInfo& info);
  Napi::Value appendTokens(const Napi::CallbackInfo& info);
  Napi::Value bytesDone(const Napi::CallbackInfo& info);
  Napi::Value finish(const Napi::CallbackInfo& info);

  BuilderCalls calls_{kName};
};

Napi::Value beginCorpus(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
