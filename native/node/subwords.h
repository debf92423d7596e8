#pragma once

#include "handle.h"

namespace wordmill::node {

using SubwordsHandle = std::shared_ptr<const wm_subwords>;

class Subwords : public Handle<Subwords, const wm_subwords> {
 public:
  static constexpr ClassId kId = ClassId::kSubwords;
  static constexpr const char* kName = "Subwords";
  static constexpr napi_type_tag kTag = {0x51c07d9e6ab24f13, 0xa2d8e3740b95c61f};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);
  static Napi::Object makeOf(Napi::Env env, wm_subwords* subwords);

 private:
  Napi::Value describe(const Napi::CallbackInfo& info);
  Napi::Value buckets(const Napi::CallbackInfo& info);
  Napi::Value rowOf(const Napi::CallbackInfo& info);
  Napi::Value ngrams(const Napi::CallbackInfo& info);
  void gather(const Napi::CallbackInfo& info);
  Napi::Value compose(const Napi::CallbackInfo& info);
  Napi::Value composeLater(const Napi::CallbackInfo& info);
  Napi::Value infer(const Napi::CallbackInfo& info);
};

/// SubwordRules of binding.ts.
wm_subword_rules toSubwordRules(const Napi::Value& value);

Napi::Value createSubwords(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
