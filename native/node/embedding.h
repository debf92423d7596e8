#pragma once

#include "handle.h"

namespace wordmill::node {

using EmbeddingHandle = std::shared_ptr<wm_embedding>;

class Embedding : public Handle<Embedding, wm_embedding> {
 public:
  static constexpr ClassId kId = ClassId::kEmbedding;
  static constexpr const char* kName = "Embedding";
  static constexpr napi_type_tag kTag = {0x3be18d07f2a94c61, 0x94c7d65a08b3ef12};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);
  static Napi::Object makeOf(Napi::Env env, wm_embedding* embedding);

 private:
  Napi::Value describe(const Napi::CallbackInfo& info);
  void forward(const Napi::CallbackInfo& info);
  void backward(const Napi::CallbackInfo& info);
  void bag(const Napi::CallbackInfo& info);
  void bagBackward(const Napi::CallbackInfo& info);
  void logits(const Napi::CallbackInfo& info);
  void logitsBackward(const Napi::CallbackInfo& info);
  void step(const Napi::CallbackInfo& info);
  void zeroGradient(const Napi::CallbackInfo& info);
  void freeze(const Napi::CallbackInfo& info);
  Napi::Value gradient(const Napi::CallbackInfo& info);
};

/// createEmbedding and scheduledRate of binding.ts.
Napi::Value createEmbedding(const Napi::CallbackInfo& info);
Napi::Value scheduledRate(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
