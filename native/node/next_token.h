#pragma once

#include <vector>

#include "handle.h"
#include "table.h"

namespace wordmill::node {

using SequenceHandle = std::shared_ptr<wm_sequence>;

class Sequence : public Handle<Sequence, wm_sequence> {
 public:
  static constexpr ClassId kId = ClassId::kSequence;
  static constexpr const char* kName = "Sequence";
  static constexpr napi_type_tag kTag = {0x7d20b9e4c61f4a85, 0x1be8f3a65c0d9742};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);
  static Napi::Object makeOf(Napi::Env env, wm_sequence* sequence);

 private:
  Napi::Value describe(const Napi::CallbackInfo& info);
  Napi::Value counts(const Napi::CallbackInfo& info);
  Napi::Value baselines(const Napi::CallbackInfo& info);
  Napi::Value nextTokenJob(const Napi::CallbackInfo& info);
  Napi::Value nextTokenLoss(const Napi::CallbackInfo& info);
};

Napi::Value nextTokenProbabilities(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
