#pragma once

#include "handle.h"

namespace wordmill::node {

using ExamplesHandle = std::shared_ptr<const wm_examples>;
using ClassifierHandle = std::shared_ptr<const wm_classifier>;

class Examples : public Handle<Examples, const wm_examples> {
 public:
  static constexpr ClassId kId = ClassId::kExamples;
  static constexpr const char* kName = "Examples";
  static constexpr napi_type_tag kTag = {0x7be1049d52c3f86a, 0xc5942d1f08a7e36b};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);
  static Napi::Object makeOf(Napi::Env env, wm_examples* examples);

 private:
  Napi::Value describe(const Napi::CallbackInfo& info);
  Napi::Value words(const Napi::CallbackInfo& info);
  Napi::Value labels(const Napi::CallbackInfo& info);
  Napi::Value wordCounts(const Napi::CallbackInfo& info);
  Napi::Value labelCounts(const Napi::CallbackInfo& info);
  Napi::Value subwords(const Napi::CallbackInfo& info);
  Napi::Value classifierJob(const Napi::CallbackInfo& info);
};

class Classifier : public Handle<Classifier, const wm_classifier> {
 public:
  static constexpr ClassId kId = ClassId::kClassifier;
  static constexpr const char* kName = "Classifier";
  static constexpr napi_type_tag kTag = {0x2d97f36be4185a0c, 0x90b3c8e56d1f7a42};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);

 private:
  Napi::Value predict(const Napi::CallbackInfo& info);
  Napi::Value predictSync(const Napi::CallbackInfo& info);
  void textVector(const Napi::CallbackInfo& info);
};

/// createExamples of binding.ts.
Napi::Value createExamples(const Napi::CallbackInfo& info);
Napi::Value createClassifier(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
