#pragma once

#include <vector>

#include "handle.h"
#include "keys.h"

namespace wordmill::node {

using ViewHandle = std::shared_ptr<wm_view>;

class View : public Handle<View, wm_view> {
 public:
  static constexpr ClassId kId = ClassId::kView;
  static constexpr const char* kName = "View";
  static constexpr napi_type_tag kTag = {0x18e6c07d9b524fa3, 0xe04d7bf2365a91c8};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);

 private:
  Napi::Value describe(const Napi::CallbackInfo& info);
  Napi::Value keys(const Napi::CallbackInfo& info);
  Napi::Value counts(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value bigrams(const Napi::CallbackInfo& info);
  Napi::Value countCooccurrences(const Napi::CallbackInfo& info);
  Napi::Value subwords(const Napi::CallbackInfo& info);
  Napi::Value sequence(const Napi::CallbackInfo& info);
  Napi::Value windowJob(const Napi::CallbackInfo& info);
  Napi::Value windowScore(const Napi::CallbackInfo& info);
};

/// ViewOptions of binding.ts, with what `native` points to.
struct ViewOptions {
  explicit ViewOptions(const Napi::Value& value);
  ViewOptions(const ViewOptions&) = delete;

  KeysHandle keep;
  KeysHandle drop;
  KeysHandle vocabulary;
  std::vector<uint64_t> vocabularyCounts;
  wm_view_options native{};
};

}  // namespace wordmill::node
