#include "addon.h"

#include <algorithm>

#include "arguments.h"
#include "classifier.h"
#include "cooccurrence.h"
#include "corpus.h"
#include "corpus_builder.h"
#include "decoder.h"
#include "device.h"
#include "embedding.h"
#include "encoder.h"
#include "errors.h"
#include "id_builder.h"
#include "job.h"
#include "keys.h"
#include "next_token.h"
#include "quantized.h"
#include "records.h"
#include "signal.h"
#include "subwords.h"
#include "table.h"
#include "view.h"

namespace wordmill::node {
namespace {

constexpr Choices kIsas = {
    {"scalar", WM_ISA_SCALAR}, {"avx2", WM_ISA_AVX2}, {"avx512", WM_ISA_AVX512}, {"neon", WM_ISA_NEON}};

// wm_code wm_runtime(wm_runtime_info* out, wm_error* error);
Napi::Value runtime(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  wm_runtime_info runtime;
  wm_error error;
  check(env, wm_runtime(&runtime, &error), error);
  Napi::Array available = Napi::Array::New(env);
  for (const auto& [name, isa] : kIsas) {
    if ((runtime.available >> isa & 1u) != 0) available.Set(available.Length(), name);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("abiVersion", runtime.abi_version);
  result.Set("isa", nameOf(runtime.isa, kIsas));
  result.Set("available", available);
  result.Set("threads", runtime.threads);
  result.Set("memory", fromSize(runtime.memory_bytes));
  result.Set("version", runtime.version);
  result.Set("compiler", runtime.compiler);
  result.Set("processor", runtime.processor);
  return result;
}

template <class Array>
Array makeArray(Napi::Env env, const Napi::FunctionReference& constructor, uint64_t length, uint64_t width) {
  try {
    return constructor.New({Napi::Number::New(env, fromSize(length))}).As<Array>();
  } catch (const Napi::Error&) {
    const std::string size = length > UINT64_MAX / width ? "more than 2^64" : std::to_string(length * width);
    refuseMemory(env, "there is no room for an array of " + size + " bytes");
  }
}

template <Napi::Value (*callback)(const Napi::CallbackInfo&)>
void add(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<callback>(exports.Env(), name));
}

}  // namespace

Addon::Addon(Napi::Env env, Napi::Object exports) : runner_(std::make_shared<TaskRunner>(env)) {
  constructors_.resize(static_cast<size_t>(ClassId::kCount));
  auto define = [this](ClassId id, Napi::Function constructor) {
    constructors_[static_cast<size_t>(id)] = Napi::Persistent(constructor);
  };
  define(ClassId::kSignal, Signal::define(env));
  define(ClassId::kTable, Table::define(env));
  define(ClassId::kKeys, Keys::define(env));
  define(ClassId::kDecoder, Decoder::define(env));
  define(ClassId::kCorpusBuilder, CorpusBuilder::define(env));
  define(ClassId::kIdBuilder, IdBuilder::define(env));
  define(ClassId::kCorpus, Corpus::define(env));
  define(ClassId::kView, View::define(env));
  define(ClassId::kJob, Job::define(env));
  define(ClassId::kCooccurrence, Cooccurrence::define(env));
  define(ClassId::kRecords, Records::define(env));
  define(ClassId::kRecordReader, RecordReader::define(env));
  define(ClassId::kSubwords, Subwords::define(env));
  define(ClassId::kExamples, Examples::define(env));
  define(ClassId::kClassifier, Classifier::define(env));
  define(ClassId::kQuantized, Quantized::define(env));
  define(ClassId::kEmbedding, Embedding::define(env));
  define(ClassId::kSequence, Sequence::define(env));
  define(ClassId::kDevice, Device::define(env));

  const Napi::Object global = env.Global();
  float32Array_ = Napi::Persistent(global.Get("Float32Array").As<Napi::Function>());
  float64Array_ = Napi::Persistent(global.Get("Float64Array").As<Napi::Function>());
  uint32Array_ = Napi::Persistent(global.Get("Uint32Array").As<Napi::Function>());
  bigUint64Array_ = Napi::Persistent(global.Get("BigUint64Array").As<Napi::Function>());

  DefineAddon(exports, {InstanceMethod<&Addon::setErrorFactory>("setErrorFactory")});
  add<runtime>(exports, "runtime");
  add<loadModule>(exports, "loadModule");
  add<describeDevice>(exports, "describeDevice");
  add<openDevice>(exports, "openDevice");
  add<createSignal>(exports, "createSignal");
  add<createTable>(exports, "createTable");
  add<wrapTable>(exports, "wrapTable");
  add<mapTable>(exports, "mapTable");
  add<createKeys>(exports, "createKeys");
  add<createKeysFrom>(exports, "createKeysFrom");
  add<mapKeys>(exports, "mapKeys");
  add<createDecoder>(exports, "createDecoder");
  add<encodeRows>(exports, "encodeRows");
  add<beginCorpus>(exports, "beginCorpus");
  add<beginIds>(exports, "beginIds");
  add<corpusFromIds>(exports, "corpusFromIds");
  add<loadCooccurrence>(exports, "loadCooccurrence");
  add<createRecords>(exports, "createRecords");
  add<createSubwords>(exports, "createSubwords");
  add<createExamples>(exports, "createExamples");
  add<createClassifier>(exports, "createClassifier");
  add<quantizeRows>(exports, "quantizeRows");
  add<createQuantized>(exports, "createQuantized");
  add<createEmbedding>(exports, "createEmbedding");
  add<scheduledRate>(exports, "scheduledRate");
  add<nextTokenProbabilities>(exports, "nextTokenProbabilities");

  // Hooks run last in, first out: this one before that of the runner's thread-safe function, made above.
  env.AddCleanupHook([](Addon* addon) { addon->close(); }, this);
}

void Addon::close() {
  std::vector<std::shared_ptr<JobState>> jobs;
  for (const auto& weak : jobs_) {
    if (auto job = weak.lock()) jobs.push_back(std::move(job));
  }
  for (const auto& job : jobs) job->cancel();
  runner_->close();
  for (const auto& job : jobs) job->wait();
}

void Addon::watch(const std::shared_ptr<JobState>& job) {
  jobs_.erase(std::remove_if(jobs_.begin(), jobs_.end(), [](const auto& weak) { return weak.expired(); }), jobs_.end());
  jobs_.push_back(job);
}

void Addon::setErrorFactory(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction()) refuse(info.Env(), "factory", "expected a function");
  errorFactory_ = Napi::Persistent(info[0].As<Napi::Function>());
}

Napi::Function Addon::errorFactory() const {
  return errorFactory_.IsEmpty() ? Napi::Function() : errorFactory_.Value();
}

Napi::Float32Array Addon::makeFloats(Napi::Env env, uint64_t length) const {
  return makeArray<Napi::Float32Array>(env, float32Array_, length, 4);
}

Napi::Float64Array Addon::makeDoubles(Napi::Env env, uint64_t length) const {
  return makeArray<Napi::Float64Array>(env, float64Array_, length, 8);
}

Napi::Uint32Array Addon::makeUint32s(Napi::Env env, uint64_t length) const {
  return makeArray<Napi::Uint32Array>(env, uint32Array_, length, 4);
}

Napi::BigUint64Array Addon::makeUint64s(Napi::Env env, uint64_t length) const {
  return makeArray<Napi::BigUint64Array>(env, bigUint64Array_, length, 8);
}

}  // namespace wordmill::node

using wordmill::node::Addon;
NODE_API_ADDON(Addon)
