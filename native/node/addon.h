#pragma once

#include <memory>
#include <vector>

#include "napi_headers.h"
#include "task_runner.h"

namespace wordmill::node {

struct JobState;

/// The classes of the addon, in the order in which it keeps their constructors.
enum class ClassId {
  kSignal,
  kTable,
  kKeys,
  kDecoder,
  kCorpusBuilder,
  kIdBuilder,
  kCorpus,
  kView,
  kJob,
  kCooccurrence,
  kRecords,
  kRecordReader,
  kSubwords,
  kExamples,
  kClassifier,
  kQuantized,
  kEmbedding,
  kSequence,
  kDevice,
  kCount
};

/// All state of the addon in one JavaScript environment (the main thread's, or a worker thread's).
class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports);

  static Addon& of(Napi::Env env) { return *env.GetInstanceData<Addon>(); }

  const std::shared_ptr<TaskRunner>& runner() const { return runner_; }
  Napi::Promise start(Napi::Env env, Task task) { return runner_->start(env, std::move(task)); }

  /// A new object of a class, without a native handle yet.
  Napi::Object construct(ClassId id) const { return constructors_[static_cast<size_t>(id)].New({}); }

  /// Empty until JavaScript has given one.
  Napi::Function errorFactory() const;

  /// Jobs are cancelled and waited for when the environment goes away.
  void watch(const std::shared_ptr<JobState>& job);

  /// A zeroed typed array of an ordinary ArrayBuffer; a MEMORY error when there is no room (V8 would end the process).
  Napi::Float32Array makeFloats(Napi::Env env, uint64_t length) const;
  Napi::Float64Array makeDoubles(Napi::Env env, uint64_t length) const;
  Napi::Uint32Array makeUint32s(Napi::Env env, uint64_t length) const;
  Napi::BigUint64Array makeUint64s(Napi::Env env, uint64_t length) const;

 private:
  // (factory: (fields: NativeErrorFields) => Error) => void
  void setErrorFactory(const Napi::CallbackInfo& info);
  void close();

  std::shared_ptr<TaskRunner> runner_;
  std::vector<Napi::FunctionReference> constructors_;
  Napi::FunctionReference errorFactory_;
  Napi::FunctionReference float32Array_;
  Napi::FunctionReference float64Array_;
  Napi::FunctionReference uint32Array_;
  Napi::FunctionReference bigUint64Array_;
  std::vector<std::weak_ptr<JobState>> jobs_;
};

}  // namespace wordmill::node
