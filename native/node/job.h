#pragma once

#include <functional>
#include <vector>

#include "handle.h"
#include "signal.h"

namespace wordmill::node {

class Job;

/// A native job and who waits for it. Everything but the engine's callback happens on the JavaScript thread.
struct JobState : std::enable_shared_from_this<JobState> {
  JobState(wm_job* native, std::shared_ptr<TaskRunner> taskRunner);
  JobState(const JobState&) = delete;
  ~JobState();

  bool isRunning() const;
  void cancel() { wm_job_cancel(job); }
  void wait() { wm_job_wait(job, nullptr); }
  /// Tells those who wait, unless more was submitted meanwhile.
  void settle(Napi::Env env);

  wm_job* const job;
  const std::shared_ptr<TaskRunner> runner;
  Job* running = nullptr;  // the object, which is not collected while the job runs
  std::vector<Napi::Promise::Deferred> waiting;

 private:
  static void onRest(void* data);
};

class Job : public Handle<Job, JobState> {
 public:
  static constexpr ClassId kId = ClassId::kJob;
  static constexpr const char* kName = "Job";
  static constexpr napi_type_tag kTag = {0x92b5e3d806c74f1a, 0x3c6af81e59d027b4};

  using Handle::Handle;
  static Napi::Function define(Napi::Env env);
  /// A promise of the job that `create` makes on an engine thread: what it is made of may have to be copied to a
  /// device, or to be put in another order. `create` keeps alive what it needs.
  using Create = std::function<wm_code(wm_job** out, wm_error* error)>;
  static Napi::Value makeLater(Napi::Env env, Create create, SignalHandle signal = nullptr);

 private:
  void submit(const Napi::CallbackInfo& info);
  Napi::Value poll(const Napi::CallbackInfo& info);
  Napi::Value rest(const Napi::CallbackInfo& info);
  void pause(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);
};

}  // namespace wordmill::node
